package dataclass

func calendarTrait(string) trait { return trait{} }
