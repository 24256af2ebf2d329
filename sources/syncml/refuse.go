package syncml

import "github.com/bindery-sync/bindery/sources/syncml/internal/wire"

// A refusal is the one status that a whole message is answered by.
type refusal struct {
	code int
	chal *wire.Chal
}

// refuse answers a message that nothing is done with: the header and every command get the same
// status, and nothing else is said, no RespURI either.
func (s *Server) refuse(in *request, why refusal) (reply, error) {
	h := in.msg.Header
	version := h.VerDTD
	if versions[version] == "" {
		version = "1.2"
	}
	m := wire.Message{Final: why.code != 101, Header: wire.Header{VerDTD: version, VerProto: "SyncML/" + version,
		SessionID: h.SessionID, MsgID: h.MsgID, Target: h.Source, Source: wire.Location{URI: h.Target.URI},
		Meta: s.ownLimits(version)}}
	status := headerStatus(h, why.code, why.chal)
	status.CmdID = "1"
	m.Commands = append(m.Commands, status)
	for _, c := range in.msg.Commands {
		if _, ok := c.(*wire.Status); ok || why.code == 101 { // which stands for the header only
			continue
		}
		m.Commands = append(m.Commands, &wire.Status{CmdID: itoa(len(m.Commands) + 1), MsgRef: h.MsgID,
			CmdRef: c.ID(), Cmd: c.Name(), Code: why.code})
	}
	root := m.Build()
	body, err := in.codec.encodeTree(root, version)
	in.refused = why.code
	return reply{contentType: in.codec.contentType, body: body, root: root}, err
}
