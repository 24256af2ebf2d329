package face

import (
	"strings"

	"github.com/bindery-sync/bindery/dataclass"
)

// photoTag gives the entity tag of the picture of a card; empty if there is none.
func photoTag(card *dataclass.Item) string {
	data, media := photoOf(card)
	if len(data) == 0 {
		return ""
	}
	return tagOf(data, []byte(media))
}

// photoOf gives the picture of a card and its media type.
func photoOf(card *dataclass.Item) (data []byte, media string) {
	if card == nil {
		return nil, ""
	}
	c, err := dataclass.AsContact(card)
	if err != nil {
		return nil, ""
	}
	data, media = c.Photo()
	if media = strings.ToLower(media); media == "" {
		media = "jpeg"
	}
	return data, "image/" + media
}
