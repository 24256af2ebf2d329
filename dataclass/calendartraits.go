package dataclass

// calendarTrait knows the properties of vCalendar 1.0 and iCalendar 2.0 (RFC 5545, RFC 7986). The
// name is in upper case.
func calendarTrait(name string) trait {
	switch name {
	case "SUMMARY", "DESCRIPTION", "LOCATION", "COLOR", "X-ALT-DESC":
		return trait{kindText, true}
	case "COMMENT", "CONTACT", "RELATED-TO", "REQUEST-STATUS":
		return trait{kindText, false}
	case "STATUS", "CLASS", "TRANSP", "PRIORITY", "PERCENT-COMPLETE":
		return trait{kindWord, true}
	case "DTSTART", "DTEND", "DUE", "COMPLETED", "DURATION":
		return trait{kindTime, true}
	case "EXDATE", "RDATE":
		return trait{kindTimes, false}
	case "RRULE":
		return trait{kindRule, true}
	case "EXRULE":
		return trait{kindRule, false}
	case "CATEGORIES", "RESOURCES":
		return trait{kindList, false}
	case "URL", "ORGANIZER":
		return trait{kindURI, true}
	case "ATTENDEE", "CONFERENCE":
		return trait{kindURI, false}
	case "ATTACH", "IMAGE":
		return trait{kindMedia, false}
	case "GEO":
		return trait{kindUnknown, true}
	case "VERSION", "PRODID", "METHOD", "CALSCALE", "UID", "DTSTAMP", "LAST-MODIFIED", "CREATED", "SEQUENCE",
		"RECURRENCE-ID", "X-MOZ-GENERATION", "X-MOZ-LASTACK", "X-LIC-ERROR", "X-MICROSOFT-CDO-APPT-SEQUENCE",
		"X-MICROSOFT-CDO-OWNERAPPTID", "ACKNOWLEDGED", "X-IRMC-LUID":
		return trait{kindRecord, true}
	}
	return trait{}
}
