package xmltree_test

import (
	"fmt"

	"github.com/bindery-sync/bindery/sources/xmltree"
)

func ExampleParse() {
	item, err := xmltree.Parse([]byte(`<Item xmlns="SYNCML:SYNCML1.2"><Meta><Type xmlns="syncml:metinf">text/vcard</Type></Meta></Item>`), xmltree.Limits{})
	if err != nil {
		fmt.Println(err)
		return
	}
	fmt.Println(item.Child("Meta").Child("Type").Text())
	fmt.Printf("%q\n", item.Child("Source").Child("LocURI").Text())
	// Output:
	// text/vcard
	// ""
}

func ExampleElement_Append() {
	meta := xmltree.New("SYNCML:SYNCML1.2", "Meta").
		Add(xmltree.New("syncml:metinf", "Type", xmltree.Text("text/vcard"))).
		AddText("Data", "one\r\ntwo")
	fmt.Printf("%s\n", meta.Append(nil, xmltree.Options{}))
	// Output:
	// <Meta xmlns="SYNCML:SYNCML1.2"><Type xmlns="syncml:metinf">text/vcard</Type><Data>one&#13;
	// two</Data></Meta>
}
