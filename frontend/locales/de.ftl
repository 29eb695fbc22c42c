# The page's words in German. Every language has the same ids, with the same variables.
name = Shop the look
skip = Zum Inhalt springen
start_over = Von vorn
cancel = Abbrechen
close = Schließen
try_again = Noch einmal
choose_another = Anderes Foto wählen
choose_photo = Foto wählen
language = Sprache
footer = Das Foto wird auf deinem Gerät freigestellt, von einem neuronalen Netz in deinem Browser. Der Server des Shops erhält nur, was unter „Was wir senden“ steht, und vergleicht es mit seinen Artikeln.
privacy = Datenschutz
drop_anywhere = Foto irgendwo ablegen

# hero
hero-title = Look gesehen. Teile gefunden.
hero-lead = Wähle ein Foto mit einem Outfit, das dir gefällt. Wir schneiden die Person aus und zeigen dir, was du dafür kaufen kannst.
hero-choose = Foto wählen
hero-reading = Foto wird gelesen …
hero-hint = oder hier ablegen oder aus der Zwischenablage einfügen
hero-promise = Gesendet wird nur der Teil deines Fotos, den der Ausschnitt zeigt, und erst, wenn du ihn gesehen hast. Alles andere bleibt auf diesem Gerät.
hero-promise_numbers = Kein Bild verlässt dieses Gerät: Gesendet werden nur Zahlen, die beschreiben, was getragen wird, und erst, wenn du gesehen hast, wovon.
hero-samples = Oder beginne mit einem dieser Looks

# ways
ways-paste = Einfügen
ways-paste_denied = Der Browser lässt diese Seite nicht in die Zwischenablage sehen. Erlaube es in den Einstellungen der Website neben der Adresse oder drücke Strg + V.
ways-paste_nothing = In der Zwischenablage ist kein Bild. Kopiere eines und drücke noch einmal auf „Einfügen“.
ways-paste_failed = Die Zwischenablage lässt sich nicht lesen. Wähle stattdessen das Foto aus.
ways-shared_missed = Das geteilte Foto ist hier nicht angekommen, und niemand sonst hat es. Wähle es noch einmal aus deiner Galerie.

# camera
camera-take = Foto aufnehmen
camera-heading = Foto aufnehmen
camera-preview = Was die Kamera sieht
camera-promise = Die Kamera läuft nur, solange dies offen ist. Nichts wird aufgezeichnet, und das Foto wird auf diesem Gerät freigestellt.
camera-asking = Erlaube die Kamera, falls dein Browser fragt.
camera-ready = Die Kamera ist bereit.
camera-paused = Die Kamera pausiert, solange diese Seite nicht zu sehen ist.
camera-shot = Jetzt aufnehmen
camera-count = In { $seconds } Sekunden aufnehmen
camera-stop_count = Countdown anhalten
camera-switch = Andere Kamera
camera-denied = Diese Seite darf die Kamera nicht benutzen.
camera-denied_next = Erlaube es in den Einstellungen des Browsers für diese Website, hinter dem Symbol neben der Adresse, und in den Datenschutz-Einstellungen deines Geräts für den Browser. Versuch es dann noch einmal.
camera-missing = Der Browser findet an diesem Gerät keine Kamera.
camera-missing_next = Schließ eine an und versuch es noch einmal, oder wähle stattdessen ein Foto aus.
camera-in_use = Die Kamera liefert kein Bild.
camera-in_use_next = Vielleicht benutzt sie ein anderes Programm, oder sie wurde abgezogen. Schließ das Programm, prüfe den Stecker und versuch es noch einmal.
camera-insecure = Browser geben die Kamera nur verschlüsselten Seiten.
camera-insecure_next = Öffne diese Seite mit einer Adresse, die mit https beginnt, oder wähle stattdessen ein Foto aus.
camera-failed = Das Foto konnte nicht aufgenommen werden.
camera-failed_next = Versuch es noch einmal oder wähle stattdessen ein Foto aus.

# offline
offline-banner = Du bist offline: Fotos werden trotzdem freigestellt, auf diesem Gerät. Die Suche wartet auf eine Verbindung.

# readiness
readiness-download = Das Freistellen wird vorbereitet · { $percent } %
readiness-almost = Das Freistellen wird vorbereitet · gleich so weit
readiness-ready = Das Freistellen ist bereit.
readiness-failed = Das Freistellen ist nicht bereit. Es startet neu, sobald du ein Foto wählst.

# status
status-reading = Dein Foto wird gelesen.
status-cutting = Die Person wird freigestellt, auf diesem Gerät.
status-review = Die Person ist freigestellt. Noch wurde nichts gesendet: Sieh dir an, was gesendet würde.
status-people = Mehrere Personen sind zu sehen. Noch wurde nichts gesendet: Wähle, wen du meinst.
status-searching = Ähnliche Teile werden gesucht.
status-found = { $count ->
    [one] { $count } Teil gefunden.
   *[other] { $count } Teile gefunden.
}

# progress
progress-check = Foto wird gelesen
progress-download = Das Freistellen wird heruntergeladen, einmalig
progress-compile = Das Freistellen wird vorbereitet
progress-warm_up = Aufwärmen
progress-segment = Die Person wird freigestellt
progress-compose = Das Bild wird neu ausgeschnitten
progress-search = Ähnliche Teile werden gesucht
progress-nothing_sent = Noch wurde nichts gesendet.

# look
look-heading = Dein Look
look-photo_alt = Das gewählte Foto
look-cutout_alt = Die Person aus deinem Foto auf Weiß
look-garment_alt = Das Kleidungsstück aus deinem Foto auf Weiß
look-stays = Dein Foto
look-is_sent = Wurde zum Suchen gesendet
look-would_be_sent = Würde gesendet
look-only_numbers = Nur Zahlen davon werden gesendet
look-another = Anderes Foto
look-turn = Foto drehen
look-lies = Dieses Foto scheint auf der Seite zu liegen.
look-lies_now = Aufrecht drehen
look-cut_out_in = Freigestellt in { $duration }
look-compared_in = { $count } Artikel verglichen in { $duration }

# receipt
receipt-heading = Was wir senden
receipt-sentence = Alles, was der Ausschnitt nicht zeigt, wurde auf diesem Gerät weiß gemacht: Es wird nicht gesendet.
receipt-sentence_numbers = Kein Bild wird gesendet, nur Zahlen, die den Ausschnitt beschreiben.
receipt-picture = Der Ausschnitt: { $width } × { $height } Pixel, { $size }
receipt-part = Der markierte Teil des Ausschnitts: { $width } × { $height } Pixel, { $size }
receipt-outline = Eine Karte der Kleidungsstücke, { $size }
receipt-outline_garment = Eine Karte seines Umrisses, { $size }
receipt-removed = Vorher entfernt: Hintergrund, Name der Datei, Datum, Kamera und Ort
receipt-removed_person = Vorher entfernt: Hintergrund, Gesicht, Haare und Haut, Name der Datei, Datum, Kamera und Ort
receipt-removed_others = Vorher entfernt: alle anderen und der Hintergrund, Name der Datei, Datum, Kamera und Ort
receipt-removed_person_others = Vorher entfernt: alle anderen und der Hintergrund, Gesicht, Haare und Haut, Name der Datei, Datum, Kamera und Ort
receipt-hide = Auch Gesicht, Haare und Haut entfernen
receipt-hide_now = Gesicht, Haare und Haut entfernen
receipt-face = Dein Gesicht ist ein großer Teil dieses Bildes.
receipt-numbers = Nur Zahlen senden, kein Bild
receipt-count = { $count } Zahlen, die beschreiben, was getragen wird, und wo im Bild: { $size }
receipt-numbers_sent = Zahlen, die beschreiben, was getragen wird, und wo im Bild
receipt-counting = Zahlen, die beschreiben, was getragen wird: werden berechnet …
receipt-no_picture = Kein Bild: Mit dieser Suche wird nicht ein Pixel deines Fotos gesendet
receipt-can_tell = Aus solchen Zahlen kann der Shop Art, Schnitt, Farbe und Muster der Kleidung ungefähr ablesen
receipt-at_once = Künftig sofort senden
receipt-send = Damit suchen
receipt-sent = Was gesendet wurde
receipt-mend = Ausschnitt korrigieren
receipt-notice = Datenschutzhinweis zu dieser Suche

# mend
mend-heading = Ausschnitt korrigieren
mend-hint = Was verschleiert ist, wird entfernt. Streich über das, was dazukommen oder wegfallen soll.
mend-keys = Mit der Tastatur: Pfeiltasten bewegen den Pinsel, mit der Umschalttaste weiter; die Leertaste malt, solange du sie hältst; + und − ändern seine Größe.
mend-hides = Gesicht, Haare und Haut werden wie gewählt trotzdem entfernt.
mend-picture = Dein Foto unter dem Pinsel
mend-tool = Der Pinsel
mend-add = Hinzufügen
mend-erase = Wegnehmen
mend-size = Pinselgröße
mend-size_of = { $size } von { $most }
mend-undo = Rückgängig
mend-redo = Wiederholen
mend-reset = Wie zuerst
mend-done = Fertig
mend-added = Hinzugefügt
mend-erased = Weggenommen
mend-undone = Rückgängig gemacht
mend-redone = Wiederholt
mend-was_reset = Der Ausschnitt ist wie zuerst
mend-added_nothing = Das ist nicht entfernt
mend-erased_nothing = Das ist schon entfernt
mend-at_kept = { $left } % von links, { $top } % von oben: bleibt
mend-at_removed = { $left } % von links, { $top } % von oben: entfernt
mend-now_size = Pinselgröße { $size } von { $most }
mend-nothing_left = Es ist nichts übrig. Füg etwas hinzu, bevor du weitergehst.

# people: several of them in one photo
people-heading = Wen meinst du?
people-hint = { $count } Personen sind zu sehen. Wähle eine auf dem Bild. Nur sie wird freigestellt und dir gezeigt, bevor etwas gesendet wird; alle anderen werden auf diesem Gerät weiß.
people-person = Person { $number } von { $count }, von links
people-choice = Person { $number }
people-bar = Mehrere Personen sind zu sehen. Freigestellt wird:

# thing: a garment that nobody wears
thing-hint = Ist es ein Kleidungsstück allein, können wir es freistellen: alles, was sich vom Hintergrund abhebt. Du siehst es zuerst und kannst es verbessern.
thing-take = Dieses Kleidungsstück suchen

# garments
garments-heading = Suchen nach
garments-all = Alles
garments-mark = Teil markieren
garments-seen = { $garment }, auf deinem Foto gesehen
garments-part_hint = Zieh einen Rahmen auf dem Bild; seine Ecken lassen sich verschieben.
garments-part_keys = Pfeiltasten bewegen ihn, mit der Umschalttaste ändern sie seine Größe.
garments-part_label = Markierter Teil: { $left } % von links, { $top } % von oben, { $width } % breit, { $height } % hoch

# results
results-heading = Ähnliche Teile
results-categories = Kategorien
results-nothing = Nichts gefunden
results-nothing_catalogue = Der Shop hat noch keine Artikel zum Vergleichen.
results-nothing_filter = Kein Artikel passt zu diesen Filtern.
results-show_all = Alle { $count } zeigen
results-show_fewer = Weniger zeigen
results-further_failed = Diese Teile konnten nicht geladen werden.
results-seen = Auf deinem Foto gesehen
results-pieces = { $count ->
    [one] { $count } Teil
   *[other] { $count } Teile
}
results-new_tab = öffnet einen neuen Tab
results-was = vorher
results-from = ab
results-sizes = Größen
results-discount = −{ $percent } %
results-cheapest = Günstigste zuerst
results-order = Das Ähnlichste steht vorn.
results-names = { $first } und { $last }
results-similar = { $first } und Ähnliches
results-narrow = Nur zeigen
results-all = Alle
results-outerwear = Das sieht nach Mantel oder Jacke aus. Am nächsten kommen in dieser Suche Blazer und Pullover.
results-of_shop = Aus diesem Shop
results-rest = Mehr aus diesem Shop
results-in_colour = in { $color }
results-refine = Verfeinern
results-weak = Nichts ist sehr ähnlich. Am nächsten kommen:
results-part = Ein Teil des Angebots kann gerade nicht durchsucht werden, daher fehlen hier einige Artikel.
results-unsearched = Auf deinem Foto sind auch Schuhe, Taschen oder Accessoires zu sehen; danach wird hier nicht gesucht.
results-back = In dieser Reihe zurück
results-on = In dieser Reihe weiter

# filters
filters-heading = Filter
filters-price = Preis
filters-price_min = Ab ({ $currency })
filters-price_max = Bis ({ $currency })
filters-price_span = { $lowest } bis { $highest }
filters-currency = Währung
filters-wrong = Bitte gib einen Betrag ein.
filters-brand = Marke
filters-color = Farbe
filters-gender = Für
filters-female = Damen
filters-male = Herren
filters-unisex = Alle
filters-age_group = Alter
filters-newborn = Neugeborene
filters-infant = Babys
filters-toddler = Kleinkinder
filters-kids = Kinder
filters-adult = Erwachsene
filters-material = Material
filters-pattern = Muster
filters-size = Größe
filters-all = Alle
filters-in_stock = Nur auf Lager
filters-search = In dieser Liste suchen
filters-others = { $count ->
    [one] und { $count } weitere
   *[other] und { $count } weitere
}
filters-from = ab { $price }
filters-up_to = bis { $price }
filters-less_like = weniger wie { $title }
filters-remove = Filter { $filter } entfernen
filters-clear = Filter löschen
filters-done = Fertig

# product
product-heading = Ein Artikel des Shops
product-similar = Ähnliche Teile
product-more = Ähnliche
product-more_like = Ähnliche Teile wie: { $title }
product-less = Das nicht
product-less_like = Weniger wie dieses: { $title }
product-back = Zurück zu deinem Look
product-category_predicted = Der Shop sagt nicht, was es ist; dem Bild nach gehört es zu „{ $category }“.
product-shop = Im Shop ansehen
product-share = Ansicht teilen
product-copied = Der Link ist in der Zwischenablage.
product-not_copied = Bitte kopiere den Link aus der Adresszeile.
product-pictures = Bilder von { $title }
product-picture = { $title }, Bild { $number } von { $count }
product-picture_number = { $number } von { $count }
product-picture_back = Voriges Bild
product-picture_on = Nächstes Bild

# saved: products
saved-heading = Gemerkt, nur auf diesem Gerät
saved-save = { $title } merken
saved-remove = { $title } nicht mehr merken

# history
history-heading = Deine letzten Looks, nur auf diesem Gerät
history-again = Mit dem Look vom { $date } noch einmal suchen
history-remove = Look vom { $date } vergessen
history-clear = Alle löschen
history-keep = Meine letzten Looks auf diesem Gerät behalten

# category
category-blazers = Blazer
category-dresses = Kleider
category-jumpers = Pullover
category-shirts = Hemden & Blusen
category-skirts = Röcke
category-trousers = Hosen
category-t_shirts = T-Shirts
category-tops = Tops
category-outerwear = Mäntel & Jacken

# layer: where a garment is worn
layer-upper = Oberkörper
layer-outer = Darüber
layer-lower = Unterkörper
layer-whole = Ganzer Körper

# availability
availability-in_stock = Auf Lager
availability-out_of_stock = Ausverkauft
availability-preorder = Vorbestellbar
availability-backorder = Später lieferbar

# widget: what it says until its program is loaded; `cargo xtask build` inserts these lines into `widget.js`
widget-consent = Für die Suche mit einem Foto lädt dieser Teil der Seite ein Programm von { $host }. Es schneidet die Person auf diesem Gerät aus und sendet nur, was du gesehen und bestätigt hast.
widget-agree = Einverstanden, weiter
widget-loading = Einen Moment …
widget-unreachable = Die Suche antwortet nicht.
widget-unreachable_next = Prüfe die Verbindung und versuch es noch einmal.
widget-refused = Die Suche ist für diese Seite nicht eingerichtet.
widget-worn = Ähnlich wie hier getragen
widget-worn_picture = Menschen auf einem Bild dieses Produkts
widget-worn_note = Diese Teile ähneln dem, was auf dem Bild getragen wird; es müssen nicht dieselben sein.

# failure
failure-not_a_picture = Diese Datei ist kein JPEG-, PNG- oder WebP-Bild.
failure-not_a_picture_next = Wähle ein Foto aus deiner Galerie oder mach einen Screenshot davon.
failure-unreadable = Diese Datei lässt sich nicht lesen.
failure-unreadable_next = Vielleicht wurde sie verschoben oder gelöscht. Wähle sie noch einmal oder nimm ein anderes Foto.
failure-undecodable = Dein Browser kann dieses Bild nicht öffnen.
failure-undecodable_next = Es ist vielleicht beschädigt. Wähle ein anderes oder speichere es neu als JPEG.
failure-damaged = Dieses Bild ist beschädigt.
failure-damaged_next = Wähle ein anderes Foto oder speichere dieses neu als JPEG.
failure-truncated = Dieses Bild ist unvollständig: Sein Ende fehlt.
failure-truncated_next = Wahrscheinlich brach die Übertragung ab. Hol das Foto noch einmal oder wähle ein anderes.
failure-too_many_pixels = Dieses Bild hat { $width } × { $height } Pixel, mehr als ein Browser sicher halten kann.
failure-too_many_pixels_next = Wähle eines mit höchstens { $most } Megapixeln, etwa einen Screenshot davon.
failure-heic = Dieser Browser kann HEIC- und AVIF-Fotos nicht öffnen.
failure-heic_next = Speichere es als JPEG oder mach einen Screenshot davon und wähle den. Am iPhone: Einstellungen, Kamera, Formate, Maximale Kompatibilität.
failure-too_large = Diese Datei hat { $size }: mehr, als ein Foto braucht.
failure-too_large_next = Wähle ein Bild mit höchstens { $most }.
failure-empty = Diese Datei ist leer.
failure-empty_next = Vielleicht wurde das Foto nicht fertig geladen. Öffne es einmal in deiner Galerie und wähle es dann erneut.
failure-no_person = Auf diesem Foto ist niemand zu sehen.
failure-no_person_next = Wähle eines, das ein Outfit ganz oder wenigstens die obere Hälfte bei gutem Licht zeigt.
failure-blurred = Wir sehen niemanden: Dieses Foto ist unscharf.
failure-blurred_next = Wähle ein schärferes, oder nimm es mit ruhiger Hand neu auf.
failure-dark = Wir sehen niemanden: Dieses Foto ist zu dunkel.
failure-dark_next = Wähle ein helleres, oder nimm es bei besserem Licht neu auf.
failure-small = Wer auf diesem Foto ist, ist zu klein zum Freistellen.
failure-small_next = Schneide das Foto zuerst auf diese Person zu, oder wähle eines aus der Nähe.
failure-nothing_left = Vom Bild ist nichts übrig.
failure-nothing_left_next = Lass etwas mehr von der Person stehen und versuch es noch einmal.
failure-unreachable = Der Server des Shops antwortet nicht.
failure-unreachable_next = Prüfe deine Verbindung und versuch es noch einmal.
failure-offline = Du bist offline.
failure-offline_next = Freigestellt wird auf diesem Gerät, und das Bild bleibt hier. Zum Suchen verbinde dich mit dem Internet und versuch es noch einmal.
failure-busy = Gerade suchen viele.
failure-busy_next = Warte einen Moment und versuch es noch einmal.
failure-slow = Die Verbindung ist zu langsam für die Suche.
failure-slow_next = Versuch es noch einmal, näher am Router oder mit besserem Empfang.
failure-refused = Der Server des Shops konnte dieses Bild nicht verwenden.
failure-refused_next = Probier ein anderes Foto.
failure-only_numbers = Dieser Shop nimmt keine Bilder an.
failure-only_numbers_next = Sende Zahlen, die dieses Gerät aus dem Ausschnitt berechnet: Kein Bild verlässt es.
failure-outdated = Der Shop wurde erneuert, seit diese Seite geladen wurde.
failure-outdated_next = Lade die Seite neu und suche dann.
failure-reload = Seite neu laden
failure-server = Der Server des Shops konnte nach diesem Look nicht suchen.
failure-server_next = Versuch es in ein paar Minuten noch einmal.
failure-gone = Diesen Artikel hat der Shop nicht mehr.
failure-gone_next = Wähle ein Foto, um andere zu finden.
failure-unsupported = Dieser Browser ist zu alt, um Personen freizustellen.
failure-unsupported_next = Bitte nutze Chrome oder Edge 103, Firefox 105, Safari 16.4 oder etwas Neueres.
failure-worker = Der Teil dieser Seite, der Personen freistellt, ist stehen geblieben.
failure-worker_next = Versuch es noch einmal: Er startet neu. Hilft das nicht, lade die Seite neu.
