package evidencetest

import "time"

// What stands in this file was written before anything was tuned. No number and no rule of package evidence was chosen
// by the figures that it gives; they are only reported. Whoever tunes, tunes on tuned.go.

func heldOutCultures() []culture {
	return []culture{spanish(), turkish(), greek(), japanese(), dutch(), swedish()}
}

func spanish() culture {
	return culture{
		given: words("María José Carmen Antonio Lucía Jesús Pilar Íñigo Begoña Álvaro Concepción Raúl Nuria Andrés Sofía Joaquín Inés Gonzalo"),
		family: compounds("Bar Cal Cas Dom Fer Gar Her Jim Lop Mar Mor Nav Ort Per Ram Rod San Tor Val Zam",
			"-ez -ido -ero -illo -ales -ín -ano -ugo -ierra -eda -azar -ona"),
		code: "34", trunk: "", towns: words("Villanueva Peñalba Castrillo Montoro Aldea Fuentes"),
		streets:     []string{"calle Mayor", "calle del Sol", "avenida de la Paz", "plaza de España", "paseo Marítimo", "calle Nueva", "camino Viejo"},
		twoFamilies: true,
	}
}

func turkish() culture {
	return culture{
		given:  words("Ayşe Mehmet Fatma Çağrı Gülşen Ömer İrem Kerem Şule Tuğba Oğuz Işıl Cem Zeynep Hüseyin Derya"),
		family: compounds("Ak Kara Yıldı Gül Demir Taş Öz Çelik Koç Şen Güneş Bulut Aslan Doğan", "-can -oğlu -türk -er -men -soy -kaya -dağ -baş"),
		code:   "90", trunk: "0", towns: words("Yeniköy Çamlık Göltepe Karasu Bahçeli"),
		streets: words("Atatepe Cumhur Gül Çınar Deniz Okul İstasyon"),
	}
}

func greek() culture {
	return culture{
		given:  words("Γιώργος Μαρία Κώστας Ελένη Δημήτρης Κατερίνα Νίκος Σοφία Θανάσης Ευγενία Παύλος Χρυσούλα"),
		family: compounds("Παπα Καρα Μακρυ Κοντο Χατζη Οικονο Αγγελο Δημητρ", "-δόπουλος -γιάννης -κης -ίδης -πούλου -μάκη"),
		code:   "30", trunk: "", towns: words("Αμπέλια Πεύκη Λιβάδι Καλύβια"),
		streets: words("Ερμού Σταδίου Αθηνάς Κήπων Δάφνης"),
	}
}

func japanese() culture {
	return culture{
		given:  words("太郎 花子 健一 美咲 翔太 陽子 直樹 恵子 大輔 由美 拓也 さくら 愛 誠 裕子 蓮"),
		family: compounds("山 川 田 森 石 松 竹 小 大 中 上 高 青 黒 白 金 水 木", "-本 -田 -村 -野 -島 -原 -井 -沢 -口 -崎 -谷"),
		code:   "81", trunk: "0", towns: words("青山町 川西市 小松村 東原市"),
		streets: words("桜通り 中央通り 駅前 本町 緑町"),
	}
}

func dutch() culture {
	return culture{
		given: words("Jan Sanne Pieter Femke Joost Anneke Willem Maaike Bram Lotte Sjoerd Fleur Ruud Noortje Gijs Wietske"),
		family: append(compounds("Bos Dijk Hoek Kuip Meul Noord Oud Ploeg Rijn Schip Veen Water", "-stra -man -ers -huis -sen -ema"),
			"van der Berg", "de Vriesema", "van den Heuvelrug", "ten Brinkhof", "van Dijkhuis", "ter Horstink"),
		code: "31", trunk: "0", towns: words("Nieuwveen Oosterhoek Waterdorp Molenaar"),
		streets: words("Dorpsstraat Kerkweg Molenlaan Havenkade Beukenlaan"),
	}
}

func swedish() culture {
	return culture{
		given:  words("Åsa Lars Björn Märta Örjan Ingrid Göran Ebba Sören Maja Håkan Linnéa Nils Astrid"),
		family: compounds("Berg Lind Sjö Ny Ek Hag Häg Åker Öst Väst Sand Ström", "-ström -qvist -lund -gren -kvist -dahl -feldt -holm -man -sson"),
		code:   "46", trunk: "0", towns: words("Åby Sjövik Lindesta Norrtorp"),
		streets: words("Storgatan Kyrkvägen Skolgatan Björkvägen Strandvägen"),
	}
}

// HeldOutDevices are the devices that nothing was tuned on.
func HeldOutDevices() []Device {
	return []Device{
		{Name: "other tame", KeepUID: true, LowerMail: true},
		{Name: "one field, cut 20", OneField: true, Cut: 20},
		{Name: "question marks", ASCII: questionMarks, Upper: true},
		{Name: "cut 30, swapped", Swap: true, Cut: 30, Phones: 2},
		{Name: "comma", OneField: true, Comma: true, National: true, NoRest: true},
		{Name: "names and numbers", Phones: 2, NoMail: true, NoCompany: true, NoRest: true, Upper: true, National: true},
		{Name: "names and mail", NoPhones: true, NoCompany: true, NoRest: true},
		{Name: "last number, no types", LastPhones: 1, NoTypes: true, NoMail: true, Cut: 20},
		{Name: "spelled out, cut 12", ASCII: spelledOut, Cut: 12, NoRest: true},
		{Name: "dropped letters", ASCII: droppedLetters, Phones: 2, NoMail: true},
	}
}

// HeldOutClocks are the devices for events, tasks and notes that nothing was tuned on.
func HeldOutClocks() []Clock {
	return []Clock{
		{Name: "two hours early, cut 40", Shift: -2 * time.Hour, Cut: 40, CutText: 200},
		{Name: "UTC, ASCII", UTC: true, ASCII: spelledOut, CutText: 1000},
		{Name: "no rules, question marks", NoRule: true, ASCII: questionMarks, Floating: true},
		{Name: "titles and times", NoPlace: true, NoText: true, NoLengths: true, Cut: 20, CutText: 50},
		{Name: "floating midnights, upper", Floating: true, DayAtMidnight: true, Upper: true, NoPlace: true},
	}
}
