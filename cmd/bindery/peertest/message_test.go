package peertest

import "testing"

const openingMessage = `<SyncML xmlns='SYNCML:SYNCML1.2'><SyncHdr><VerProto>SyncML/1.2</VerProto>
<Cred><Meta><Type xmlns='syncml:metinf'>syncml:auth-md5</Type></Meta><Data>abc=</Data></Cred></SyncHdr>
<SyncBody><Status><Cmd>SyncHdr</Cmd></Status><Status><Chal><Meta><NextNonce xmlns='syncml:metinf'>Tm9uY2U=</NextNonce></Meta></Chal></Status>
</SyncBody></SyncML>`

func TestMessageParts(t *testing.T) {
	m := Message(t, TypeXML+"; charset=UTF-8", []byte(openingMessage))
	if kind, data := Credentials(m); kind != "syncml:auth-md5" || data != "abc=" {
		t.Errorf("credentials %q %q", kind, data)
	}
	if nonce, ok := NextNonce(t, m); !ok || nonce != "Nonce" {
		t.Errorf("nonce %q, %v", nonce, ok)
	}
	bare := Message(t, TypeXML, []byte("<SyncML><SyncHdr/><SyncBody><Status/></SyncBody></SyncML>"))
	if kind, data := Credentials(bare); kind+data != "" {
		t.Errorf("credentials %q %q out of nothing", kind, data)
	}
	if _, ok := NextNonce(t, bare); ok {
		t.Error("a nonce out of nothing")
	}
}

// The example that the SyncML Representation Protocol 1.1 gives for MD5 log-in.
func TestDigest(t *testing.T) {
	if got := Digest("Bruce2", "OhBehave", "Nonce"); got != "Zz6EivR3yeaaENcRN6lpAQ==" {
		t.Errorf("got %s", got)
	}
}
