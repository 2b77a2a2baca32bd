/** The common names of one language community, most common first, with a Latin spelling where the script is another. */
export interface NameList {
  /** Share of families, in parts of the sum over all lists. */
  readonly weight: number;
  readonly family: string;
  readonly female: string;
  readonly male: string;
  /** Race flag of the demographics record. */
  readonly race: 'white' | 'asian' | 'blackOrAfricanAmerican' | 'hispanicOrLatinoEthnicity' | 'americanIndianOrAlaskaNative';
  readonly country: string;
}

/**
 * Names are separated by blanks; an underscore stands for a blank inside a name, and
 * `native=latin` gives the spelling that user names and mail addresses are made from.
 */
export const nameLists: readonly NameList[] = [
  {
    weight: 380,
    race: 'white',
    country: 'US',
    family:
      "Smith Johnson Williams Brown Jones Miller Davis Wilson Anderson Taylor Thomas Moore Martin Jackson Thompson White Harris Clark Lewis Robinson Walker Hall Young Allen King Wright Scott Green Baker Adams Nelson Hill Campbell Mitchell Roberts Carter Phillips Evans Turner Parker Collins Edwards Stewart Morris Murphy Cook Rogers Morgan Cooper Peterson Reed Bailey Bell Kelly Howard Ward Cox Richardson Wood Watson Brooks Bennett Gray James Hughes Price Myers Long Foster Sanders Ross Powell Sullivan Russell Fisher Henderson Cole West Jordan Owens Reynolds Ford Hamilton Graham Wallace Hart O'Brien O'Connor McDonald MacLeod St._John Fitz-Gerald Featherstonehaugh",
    female:
      'Olivia Emma Charlotte Amelia Sophia Mia Isabella Ava Evelyn Luna Harper Sofia Camila Eleanor Elizabeth Violet Scarlett Emily Hazel Lily Gianna Aurora Penelope Aria Nora Chloe Ellie Mila Avery Layla Abigail Ella Isla Eliana Nova Madison Zoe Ivy Grace Lucy Willow Emilia Riley Naomi Victoria Stella Elena Hannah Valentina Maya Zoey Delilah Leah Lainey Lillian Paisley Genesis Mary-Kate Anne-Marie Siobhán Renée Zoë',
    male:
      "Liam Noah Oliver James Elijah Mateo Theodore Henry Lucas William Benjamin Levi Sebastian Jack Ezra Michael Daniel Leo Owen Samuel Hudson Alexander Asher Luca Ethan John David Jackson Joseph Mason Luke Matthew Julian Dylan Elias Jacob Maverick Gabriel Logan Aiden Thomas Isaac Miles Grayson Santiago Anthony Wyatt Carter Jayden Ezekiel Caleb Cooper Josiah Charles Christopher Isaiah Nolan Cameron Nathan D'Angelo Jean-Luc",
  },
  {
    weight: 210,
    race: 'hispanicOrLatinoEthnicity',
    country: 'MX',
    family:
      'García Hernández Martínez López González Rodríguez Pérez Sánchez Ramírez Torres Flores Rivera Gómez Díaz Reyes Morales Cruz Ortiz Gutiérrez Chávez Ramos Ruiz Álvarez Mendoza Vásquez Castillo Jiménez Moreno Romero Herrera Medina Aguilar Vargas Castro Fernández Guzmán Muñoz Méndez Salazar Soto Delgado Peña Ríos Núñez Ibáñez Ordóñez Zúñiga Yáñez de_la_Cruz de_León García_López Hernández_Ruiz Martínez_Peña Cortés Avilés',
    female:
      'Sofía Valentina Isabella Camila María Ximena Regina Valeria Luciana Mariana Renata Natalia Victoria Daniela Fernanda Elena Andrea Gabriela Lucía Ana Paula Alejandra Guadalupe Adriana Verónica Inés Mónica Rocío Begoña María_José',
    male:
      'Santiago Mateo Sebastián Diego Leonardo Emiliano Daniel Miguel Ángel José Luis Carlos Juan Alejandro Jesús Gael Iker Rodrigo Andrés Fernando Adrián Joaquín Tomás Nicolás Martín Íñigo Raúl Óscar José_María',
  },
  {
    weight: 90,
    race: 'blackOrAfricanAmerican',
    country: 'US',
    family:
      "Washington Jefferson Booker Banks Mosley Charles Dorsey Gaines Rivers Joseph Okafor Adeyemi Okonkwo Mensah Diallo Traoré Koné N'Diaye Cissé Ọláyínká Adébáyọ̀ Abebe Tesfaye Mohamed Abdi Hassan Warsame Kamara Sesay Nkrumah",
    female: "Aaliyah Imani Nia Kiara Destiny Amara Zuri Makayla Chiamaka Adaeze Fatou Aïssata Mariama Selam Hodan Khadija Ngozi Temitọ́pẹ́ La'Keisha Ayaan",
    male: "Malik Xavier Jaylen Darius Isaiah Terrell Kwame Kofi Chidi Emeka Oluwaseun Mamadou Ousmane Yonas Abdi Hamza DeShawn Tyrone Kalid Sékou",
  },
  {
    weight: 55,
    race: 'asian',
    country: 'CN',
    family:
      '王=Wang 李=Li 张=Zhang 刘=Liu 陈=Chen 杨=Yang 黄=Huang 赵=Zhao 吴=Wu 周=Zhou 徐=Xu 孙=Sun 马=Ma 朱=Zhu 胡=Hu 郭=Guo 何=He 林=Lin 高=Gao 罗=Luo 郑=Zheng 梁=Liang 谢=Xie 宋=Song 唐=Tang 欧阳=Ouyang 司马=Sima',
    female: '芳=Fang 娜=Na 秀英=Xiuying 敏=Min 静=Jing 丽=Li 艳=Yan 欣怡=Xinyi 梓涵=Zihan 诗涵=Shihan 雨欣=Yuxin 佳怡=Jiayi 思雨=Siyu 嘉欣=Jiaxin',
    male: '伟=Wei 强=Qiang 磊=Lei 军=Jun 洋=Yang 勇=Yong 杰=Jie 涛=Tao 明=Ming 浩然=Haoran 子轩=Zixuan 宇轩=Yuxuan 浩宇=Haoyu 俊杰=Junjie',
  },
  {
    weight: 40,
    race: 'asian',
    country: 'CN',
    family: 'Chen Wang Li Zhang Liu Yang Huang Lin Wu Wong Chan Leung Cheung Lau Ng Ho Chow Tsang Hsu Tsai Lü Xu Zhu Zhao Ouyang',
    female: 'Mei Li Jing Xin Yi-Ting Hui-Min Grace Jia Ying Wen Shu-Fen Lan Emily Yan Ling',
    male: 'Wei Jun Ming Hao Chih-Ming Kai Jian Feng Lei Tao Bo Kevin Eric Jie Chun-Hao',
  },
  {
    weight: 45,
    race: 'asian',
    country: 'VN',
    family: 'Nguyễn Trần Lê Phạm Huỳnh Hoàng Phan Vũ Võ Đặng Bùi Đỗ Hồ Ngô Dương Lý Đinh Mai Trịnh Đoàn',
    female: 'Linh Trang Hương Thảo Lan Ngọc Phương Hà Mai Thu Quỳnh Như Vy Bích Thúy Kim_Ngân Ánh Tuyết',
    male: 'Minh Hùng Dũng Tuấn Huy Nam Long Khang Bảo Phúc Đức Quân Sơn Việt Hải Thành Trung Hiếu',
  },
  {
    weight: 45,
    race: 'asian',
    country: 'IN',
    family: 'Patel Singh Sharma Kumar Shah Gupta Reddy Khan Rao Desai Mehta Nair Iyer Joshi Verma Mishra Banerjee Chatterjee Kaur Pillai Bhattacharya Venkataraman Subramanian Srinivasan',
    female: 'Aanya Diya Saanvi Ananya Priya Anika Isha Riya Kavya Meera Nisha Pooja Lakshmi Sneha Deepika Harpreet',
    male: 'Aarav Vivaan Aditya Arjun Rohan Ishaan Krishna Rahul Sanjay Vikram Amit Dev Nikhil Karthik Gurpreet Harsh',
  },
  {
    weight: 14,
    race: 'asian',
    country: 'IN',
    family: 'शर्मा=Sharma वर्मा=Verma सिंह=Singh कुमार=Kumar गुप्ता=Gupta यादव=Yadav मिश्रा=Mishra पांडे=Pandey जोशी=Joshi चौधरी=Chaudhary',
    female: 'प्रिया=Priya अनन्या=Ananya दीया=Diya नेहा=Neha पूजा=Pooja कविता=Kavita सुनीता=Sunita',
    male: 'राहुल=Rahul अर्जुन=Arjun रोहन=Rohan अमित=Amit विजय=Vijay सूरज=Suraj कृष्ण=Krishna',
  },
  {
    weight: 30,
    race: 'asian',
    country: 'KR',
    family: '김=Kim 이=Lee 박=Park 최=Choi 정=Jung 강=Kang 조=Cho 윤=Yoon 장=Jang 임=Lim 한=Han 오=Oh 서=Seo 신=Shin 권=Kwon 황=Hwang 남궁=Namgung',
    female: '서연=Seoyeon 지우=Jiwoo 서윤=Seoyun 민서=Minseo 하은=Haeun 지민=Jimin 수아=Sua 은지=Eunji 유나=Yuna',
    male: '민준=Minjun 서준=Seojun 도윤=Doyun 예준=Yejun 시우=Siwoo 하준=Hajun 지호=Jiho 현우=Hyunwoo 준서=Junseo',
  },
  {
    weight: 32,
    race: 'white',
    country: 'SY',
    family: 'محمد=Mohammed أحمد=Ahmed علي=Ali حسن=Hassan خان=Khan إبراهيم=Ibrahim عبد_الله=Abdullah السيد=Alsayed الأحمد=Alahmad يوسف=Youssef حداد=Haddad خوري=Khoury ناصر=Nasser',
    female: 'فاطمة=Fatima مريم=Maryam عائشة=Aisha زينب=Zainab سارة=Sara نور=Noor ليلى=Layla هدى=Huda ياسمين=Yasmin',
    male: 'محمد=Mohammed أحمد=Ahmed عمر=Omar علي=Ali يوسف=Youssef خالد=Khaled حسين=Hussein مصطفى=Mustafa كريم=Karim',
  },
  {
    weight: 34,
    race: 'white',
    country: 'UA',
    family: 'Шевченко=Shevchenko Коваленко=Kovalenko Бондаренко=Bondarenko Ткаченко=Tkachenko Иванов=Ivanov Смирнов=Smirnov Кузнецов=Kuznetsov Попов=Popov Мельник=Melnyk Кравченко=Kravchenko Соловьёв=Solovyov Щербак=Shcherbak Ющенко=Yushchenko',
    female: 'Анна=Anna Мария=Maria Елена=Elena Ольга=Olha Наталья=Natalia Софія=Sofiia Юлия=Yulia Злата=Zlata Дарья=Darya',
    male: 'Александр=Alexander Дмитрий=Dmitry Максим=Maksym Артём=Artem Іван=Ivan Сергей=Sergey Андрій=Andrii Михаил=Mikhail Тарас=Taras',
  },
  {
    weight: 26,
    race: 'white',
    country: 'PL',
    family: 'Nowak Kowalski Wiśniewski Wójcik Kowalczyk Kamiński Lewandowski Zieliński Szymański Woźniak Dąbrowski Kozłowski Jankowski Mazur Krawczyk Piątek Żukowski Łukaszewicz Brzęczyszczykiewicz',
    female: 'Zofia Hanna Maja Julia Zuzanna Łucja Małgorzata Agnieszka Katarzyna Święcisława Oliwia Żaneta',
    male: 'Antoni Jan Aleksander Franciszek Jakub Stanisław Łukasz Paweł Michał Wojciech Mikołaj Grzegorz',
  },
  {
    weight: 30,
    race: 'white',
    country: 'DE',
    family: 'Müller Schmidt Schneider Fischer Weber Meyer Wagner Becker Schulz Hoffmann Schäfer Koch Bauer Richter Schröder Günther Groß Weiß Jäger Köhler Krüger Straßer von_Hohenberg',
    female: 'Anna Lena Hannah Greta Frieda Käthe Jördis Ännchen Klara Liesl Ursula Heike',
    male: 'Jürgen Björn Felix Maximilian Paul Günter Wolfgang Sören Jörg Moritz Anton Karl-Heinz',
  },
  {
    weight: 26,
    race: 'white',
    country: 'FR',
    family: "Lefèvre Dubois Durand Moreau Lévêque François Bélanger Côté Gagné Théberge Bouchard Lemaître D'Aubigné Desrosiers Noël Rénier",
    female: 'Chloé Zoé Léa Aurélie Hélène Noémie Geneviève Françoise Maëlle Anaïs Océane',
    male: 'François Étienne Rémi Jérôme Benoît Théo Gaël Loïc Hervé Jean-François Aurèle',
  },
  {
    weight: 30,
    race: 'hispanicOrLatinoEthnicity',
    country: 'BR',
    family: 'Silva Santos Oliveira Souza Lima Pereira Ferreira Costa Rodrigues Almeida Gonçalves Araújo Conceição Assunção Magalhães Simões dos_Santos da_Silva',
    female: 'Ana Beatriz Júlia Letícia Conceição Antônia Lúcia Vitória Inês Assunção Thaís',
    male: 'João Pedro Luís Antônio Tiago Caetano Sebastião Estêvão Flávio Vinícius Otávio',
  },
  {
    weight: 16,
    race: 'white',
    country: 'TR',
    family: 'Yılmaz Kaya Demir Şahin Çelik Yıldız Öztürk Aydın Özdemir Arslan Doğan Kılıç Çetin Güneş Işık',
    female: 'Zeynep Elif Ayşe Fatma Şeyma İrem Gülşen Çiğdem Özge Büşra',
    male: 'Mehmet Mustafa Ömer Yiğit Çağrı Oğuz İsmail Gökhan Ümit Kıvanç',
  },
  {
    weight: 14,
    race: 'white',
    country: 'GR',
    family: 'Παπαδόπουλος=Papadopoulos Γεωργίου=Georgiou Νικολαΐδης=Nikolaidis Οικονόμου=Oikonomou Κωνσταντίνου=Konstantinou Δημητρίου=Dimitriou',
    female: 'Μαρία=Maria Ελένη=Eleni Κατερίνα=Katerina Σοφία=Sofia Ιωάννα=Ioanna',
    male: 'Γιώργος=Giorgos Δημήτρης=Dimitris Νίκος=Nikos Κώστας=Kostas Αλέξανδρος=Alexandros',
  },
  {
    weight: 12,
    race: 'white',
    country: 'IL',
    family: 'כהן=Cohen לוי=Levi מזרחי=Mizrahi פרץ=Peretz ביטון=Biton פרידמן=Friedman אברהם=Avraham',
    female: 'נועה=Noa תמר=Tamar מאיה=Maya שרה=Sarah יעל=Yael אביגיל=Avigail',
    male: 'דוד=David אריאל=Ariel נועם=Noam יוסף=Yosef איתן=Eitan אורי=Uri',
  },
  {
    weight: 14,
    race: 'asian',
    country: 'JP',
    family: '佐藤=Sato 鈴木=Suzuki 高橋=Takahashi 田中=Tanaka 伊藤=Ito 渡辺=Watanabe 山本=Yamamoto 中村=Nakamura 小林=Kobayashi 加藤=Kato 𠮷田=Yoshida 髙木=Takagi',
    female: '陽葵=Himari 凛=Rin さくら=Sakura 結衣=Yui 美咲=Misaki ひなた=Hinata 葵=Aoi',
    male: '蓮=Ren 陽翔=Haruto 湊=Minato 大翔=Hiroto 健太=Kenta 翔太=Shota 悠真=Yuma',
  },
  {
    weight: 20,
    race: 'white',
    country: 'IE',
    family: "Ó_Súilleabháin Ní_Dhomhnaill O'Neill O'Reilly McCarthy Ó_Murchú Mac_an_Bháird Gallagher Doherty Byrne Kennedy Lynch Fitzgerald Quinn",
    female: 'Aoife Caoimhe Saoirse Róisín Niamh Gráinne Ciara Éabha Sinéad Órla',
    male: 'Seán Oisín Cillian Tadhg Pádraig Fionn Ruairí Eoghan Conor Darragh',
  },
  {
    weight: 18,
    race: 'white',
    country: 'SE',
    family: 'Johansson Andersson Karlsson Nilsson Eriksson Sørensen Jørgensen Ødegård Bjørnson Åkesson Sjöberg Lindström Virtanen Mäkinen Hämäläinen Þórsdóttir Guðmundsson',
    female: 'Astrid Linnéa Ebba Åsa Solveig Sigrún Päivi Märta Øystein-Marie Freja Ylva',
    male: 'Björn Åke Søren Øyvind Lars Håkon Jørn Göran Ægir Þór Mikael',
  },
  {
    weight: 22,
    race: 'americanIndianOrAlaskaNative',
    country: 'US',
    family: "Begay Yazzie Benally Tsosie Nez Tso Chee Etsitty Locklear Oxendine Hunt Kalāhele Kealoha Kahananui Kaʻōpua ʻAukai Red_Cloud Two_Bulls",
    female: 'Shandiin Nizhoni Leilani Malia Kaʻiulani Winona Aiyana Halona Noelani Kēhaulani',
    male: 'Ashkii Keoni Kaleo Makoa ʻIkaika Kai Chayton Takoda Nākoa Hoku',
  },
];

/** Halves from which the long tail of rare family names is made. */
export const tailNames = {
  first:
    'Ash Bram Carl Dun Elder Fair Glen Hart Hazel Iver Kings Lang Mar North Oak Pem Quen Rad Sher Thorn Under Vale Whit Yard Ald Beck Cran Dray Ever Farn Gild Hol Ing Kirk Lock Mil Nor Over Pren Ris Stan Tor Upp Wal Ains Bur Chol Dal Ed Frob Grims Hex Kil Lind Mont New Orm Pad Rother Sil Tren Wych Zell Blom Cas Dev Fen Gro Har',
  last: 'worth wood ford ham ton ley field burn wick man stein berg thorpe dale croft shaw more by holm well gate bury hurst land son ski ström quist ová enko idze yan oğlu eau ault ière etti ini',
} as const;
