package evidencetest

// TunedCultures names what the parameters were chosen on.
func tunedCultures() []culture {
	return []culture{german(), english(), french(), polish(), russian()}
}

func german() culture {
	return culture{
		given: words("Anna Lukas Jürgen Sabine Heike Thomas Katharina Wolfgang Uwe Käthe Birgit Stefan Maximiliane Jörg Petra Dieter Ute Hans-Peter Annegret Günther Ilse Ralf Monika Florian Nele Björn Silke Friederike Ansgar Gerlinde Torben Hannelore Mechthild Ruprecht Ottilie Malte"),
		family: compounds("Acker Brand Klein Groß Stein Wald Hof Lind Eich Mühl Ober Nieder Rosen Sommer Winter Vogel Hirsch Schön Kirch Kreuz Birken Hasen Ketten Silber",
			"-er -mann -bach -feld -berg -müller -hofer -hauser -stätter -rath -baum -eck -wald -thal -straßer -schmidt"),
		code: "49", trunk: "0", towns: words("Altenau Birkfeld Kronberg Neuhofen Seebach Waldau Rosental Lindheim"),
		streets: words("Hauptstraße Bahnhofstraße Gartenweg Lindenallee Kirchgasse Mühlweg Schulstraße Bergstraße Rosenweg Ahornweg"),
	}
}

func english() culture {
	return culture{
		given: words("James Mary John Patricia Robert Linda Michael Susan William Karen David Nancy Emily Daniel Grace Oliver Chloe Harriet Nigel Beatrice Stanley Edith Clive Imogen Percival Winifred Rupert Millicent Dorothy Angus"),
		family: compounds("Ash Black Brad Cran Dun East Ford Green Hart Kings Lang Middle New Old Pem Red Stan Thorn Up West White Win Wood York",
			"-ton -ley -ford -field -well -wood -ham -son -by -worth -brook -man -den -stone -shire -er"),
		code: "44", trunk: "0", towns: words("Ashbury Millford Kingsend Oakham Redhill Stonebridge Northwell Fairleigh"),
		streets: []string{"High Street", "Station Road", "Church Lane", "Mill Lane", "Park Avenue", "The Green", "Queens Road", "Orchard Close", "Manor Drive", "Victoria Terrace"},
	}
}

func french() culture {
	return culture{
		given: words("Marie Jean Camille Hélène François Chloé Élodie Benoît Théo Anaïs Gaëlle Jean-Luc Véronique Étienne Noémie Loïc Margaux Rémi Solène Baptiste Océane Thibault Clémence Mathéo"),
		family: compounds("Beau Bel Bois Char Clair Des Du Fon Gau La Le Mar Mon Mou Per Ri Saint- Val Vil",
			"-mont -bert -lier -court -champ -lot -pré -rand -tier -ville -vreau -nard -roux -fèvre -dieu"),
		code: "33", trunk: "0", towns: words("Beaulieu Montclair Valbonne Rivière Fontenay Saint-Aubert Clairval"),
		streets: []string{"rue de la Gare", "avenue des Tilleuls", "rue Haute", "place du Marché", "chemin du Moulin", "boulevard du Nord", "impasse des Roses"},
	}
}

func polish() culture {
	return culture{
		given: words("Agnieszka Piotr Małgorzata Krzysztof Łukasz Zofia Żaneta Stanisław Grażyna Wojciech Jadwiga Paweł Bożena Mirosław Świętosława Kazimierz Ewa Jacek"),
		family: compounds("Kowal Wiśniew Zieliń Szymań Woźniak Dąbrow Kamiń Lewandow Jabłoń Grabow Majew Krawczyk Gołęb Rutkow Borkow Sokołow",
			"-ski -czyk -owicz -ak -ec -ewski -ik"),
		code: "48", trunk: "", towns: words("Dębowa Lipiny Zalesie Borowo Jeziorna"),
		streets: words("Ogrodowa Leśna Polna Szkolna Kościelna Słoneczna Łąkowa Krótka"),
	}
}

func russian() culture {
	return culture{
		given:  words("Анна Сергей Ольга Дмитрий Елена Иван Наталья Юрий Светлана Борис Людмила Щукарь Фёдор Ксения Вячеслав Татьяна"),
		family: compounds("Берез Волк Гор Дуб Ежик Жук Зим Крав Лебед Медвед Орл Пет Соловь Щерб", "-ов -ский -цев -енко -ин -ников -ушкин"),
		code:   "7", trunk: "8", towns: words("Берёзово Горки Заречье Лесное"),
		streets: words("Садовая Лесная Школьная Новая Речная Полевая"),
	}
}

// TunedDevices are the devices that the parameters were chosen on.
func TunedDevices() []Device {
	return []Device{
		{Name: "tame", KeepUID: true},
		{Name: "cut 12", Cut: 12},
		{Name: "cut 20, upper case", Cut: 20, Upper: true},
		{Name: "ASCII", ASCII: plainASCII},
		{Name: "one field", OneField: true},
		{Name: "swapped", Swap: true},
		{Name: "national", National: true},
		{Name: "poor", Phones: 1, NoMail: true, NoCompany: true, NoRest: true},
		{Name: "one field, cut 30", OneField: true, Cut: 30, National: true, Phones: 2},
		{Name: "upper ASCII, no mail", Upper: true, ASCII: plainASCII, NoMail: true, Phones: 3},
	}
}
