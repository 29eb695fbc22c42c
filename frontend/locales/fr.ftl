# The page's words in French. Every language has the same ids, with the same variables.
name = Shop the look
skip = Aller au contenu
start_over = Recommencer
cancel = Annuler
close = Fermer
try_again = Réessayer
choose_another = Choisir une autre photo
choose_photo = Choisir une photo
language = Langue
footer = La photo est détourée sur votre appareil, par un réseau de neurones dans votre navigateur. Le serveur de la boutique ne reçoit que ce que montre « Ce que nous envoyons », et le compare à ses articles.
privacy = Confidentialité
drop_anywhere = Déposez la photo n’importe où

# hero
hero-title = Un look vous plaît ? Trouvez-le.
hero-lead = Choisissez la photo d’une tenue qui vous plaît. Nous détourons la personne et montrons ce que vous pouvez acheter pour la porter.
hero-choose = Choisir une photo
hero-reading = Lecture de votre photo…
hero-hint = ou déposez-la ici, ou collez-la depuis le presse-papiers
hero-promise = Seule la partie de votre photo que montre le détourage est envoyée, et seulement après que vous l’avez vue. Tout le reste demeure sur cet appareil.
hero-promise_numbers = Aucune image ne quitte cet appareil : seuls des nombres qui décrivent ce qui est porté sont envoyés, et seulement après que vous avez vu de quoi.
hero-samples = Ou commencez par l’une de ces tenues

# ways
ways-paste = Coller
ways-paste_denied = Le navigateur ne laisse pas cette page voir le presse-papiers. Autorisez-le dans les réglages du site, à côté de l’adresse, ou appuyez sur Ctrl + V.
ways-paste_nothing = Il n’y a pas d’image dans le presse-papiers. Copiez-en une, puis appuyez de nouveau sur « Coller ».
ways-paste_failed = Le presse-papiers ne peut pas être lu. Choisissez plutôt la photo.
ways-shared_missed = La photo partagée n’est pas arrivée ici, et personne d’autre ne l’a. Choisissez-la encore une fois dans votre photothèque.

# camera
camera-take = Prendre une photo
camera-heading = Prendre une photo
camera-preview = Ce que voit l’appareil photo
camera-promise = L’appareil photo ne fonctionne que tant que ceci est ouvert. Rien n’est enregistré, et la photo est détourée sur cet appareil.
camera-asking = Autorisez l’appareil photo si votre navigateur le demande.
camera-ready = L’appareil photo est prêt.
camera-paused = L’appareil photo s’arrête tant que cette page n’est pas visible.
camera-shot = Prendre maintenant
camera-count = Prendre dans { $seconds } secondes
camera-stop_count = Arrêter le compte à rebours
camera-switch = Autre appareil photo
camera-denied = Cette page n’a pas le droit d’utiliser l’appareil photo.
camera-denied_next = Autorisez-le dans les réglages du navigateur pour ce site, derrière le symbole à côté de l’adresse, et dans les réglages de confidentialité de votre appareil pour le navigateur. Puis réessayez.
camera-missing = Le navigateur ne trouve pas d’appareil photo ici.
camera-missing_next = Branchez-en un et réessayez, ou choisissez plutôt une photo.
camera-in_use = L’appareil photo ne donne pas d’image.
camera-in_use_next = Un autre programme l’utilise peut-être, ou il a été débranché. Fermez ce programme, vérifiez la prise, puis réessayez.
camera-insecure = Les navigateurs ne prêtent l’appareil photo qu’aux pages chiffrées.
camera-insecure_next = Ouvrez cette page avec une adresse qui commence par https, ou choisissez plutôt une photo.
camera-failed = La photo n’a pas pu être prise.
camera-failed_next = Réessayez, ou choisissez plutôt une photo.

# offline
offline-banner = Vous êtes hors ligne : les photos sont détourées quand même, sur cet appareil. La recherche attend une connexion.

# readiness
readiness-download = Préparation du détourage · { $percent } %
readiness-almost = Préparation du détourage · presque prêt
readiness-ready = Le détourage est prêt.
readiness-failed = Le détourage n’est pas prêt. Il redémarre avec votre photo.

# status
status-reading = Lecture de votre photo.
status-cutting = Détourage de la personne, sur cet appareil.
status-review = La personne est détourée. Rien n’a encore été envoyé : regardez ce qui le serait.
status-people = On voit plusieurs personnes. Rien n’a encore été envoyé : choisissez la personne.
status-searching = Recherche de pièces semblables.
status-found = { $count ->
    [one] { $count } pièce trouvée.
   *[other] { $count } pièces trouvées.
}

# progress
progress-check = Lecture de votre photo
progress-download = Téléchargement du détourage, une seule fois
progress-compile = Préparation du détourage
progress-warm_up = Mise en route
progress-segment = Détourage de la personne
progress-compose = Nouveau détourage
progress-search = Recherche de pièces semblables
progress-nothing_sent = Rien n’a encore été envoyé.

# look
look-heading = Votre look
look-photo_alt = La photo choisie
look-cutout_alt = La personne de votre photo sur fond blanc
look-garment_alt = Le vêtement de votre photo sur fond blanc
look-stays = Votre photo
look-is_sent = A été envoyé pour la recherche
look-would_be_sent = Serait envoyé
look-only_numbers = Seuls des nombres en sont envoyés
look-another = Autre photo
look-turn = Tourner la photo
look-lies = Cette photo semble couchée sur le côté.
look-lies_now = La redresser
look-cut_out_in = Détourée en { $duration }
look-compared_in = { $count } articles comparés en { $duration }

# receipt
receipt-heading = Ce que nous envoyons
receipt-sentence = Tout ce que le détourage ne montre pas a été rendu blanc sur cet appareil : ce n’est pas envoyé.
receipt-sentence_numbers = Aucune image n’est envoyée, seulement des nombres qui décrivent le détourage.
receipt-picture = Le détourage : { $width } × { $height } pixels, { $size }
receipt-part = La partie marquée du détourage : { $width } × { $height } pixels, { $size }
receipt-outline = Une carte de ses vêtements, { $size }
receipt-outline_garment = Une carte de son contour, { $size }
receipt-removed = Retirés avant : l’arrière-plan, le nom du fichier, la date, l’appareil et le lieu
receipt-removed_person = Retirés avant : l’arrière-plan, le visage, les cheveux et la peau, le nom du fichier, la date, l’appareil et le lieu
receipt-removed_others = Retirés avant : toutes les autres personnes et l’arrière-plan, le nom du fichier, la date, l’appareil et le lieu
receipt-removed_person_others = Retirés avant : toutes les autres personnes et l’arrière-plan, le visage, les cheveux et la peau, le nom du fichier, la date, l’appareil et le lieu
receipt-hide = Retirer aussi le visage, les cheveux et la peau
receipt-hide_now = Retirer le visage, les cheveux et la peau
receipt-face = Votre visage occupe une grande partie de cette image.
receipt-numbers = N’envoyer que des nombres, pas d’image
receipt-count = { $count } nombres qui décrivent ce qui est porté, et où dans l’image : { $size }
receipt-numbers_sent = Des nombres qui décrivent ce qui est porté, et où dans l’image
receipt-counting = Des nombres qui décrivent ce qui est porté : calcul en cours…
receipt-no_picture = Aucune image : cette recherche n’envoie pas un seul pixel de votre photo
receipt-can_tell = De ces nombres, la boutique peut déduire à peu près le genre, la coupe, la couleur et le motif des vêtements
receipt-at_once = Envoyer directement à l’avenir
receipt-send = Lancer la recherche
receipt-sent = Ce qui a été envoyé
receipt-mend = Corriger le détourage
receipt-notice = Protection des données de cette recherche

# mend
mend-heading = Corriger le détourage
mend-hint = Ce qui est voilé est retiré. Passez le pinceau sur ce qu’il faut ajouter ou effacer.
mend-keys = Au clavier : les flèches déplacent le pinceau, plus loin avec Maj ; la barre d’espace peint tant que vous la tenez ; + et − changent sa taille.
mend-hides = Le visage, les cheveux et la peau sont retirés malgré tout, comme vous l’avez choisi.
mend-picture = Votre photo sous le pinceau
mend-tool = Le pinceau
mend-add = Ajouter
mend-erase = Effacer
mend-size = Taille du pinceau
mend-size_of = { $size } sur { $most }
mend-undo = Annuler la dernière action
mend-redo = Rétablir
mend-reset = Comme au début
mend-done = Terminé
mend-added = Ajouté
mend-erased = Effacé
mend-undone = Action annulée
mend-redone = Action rétablie
mend-was_reset = Le détourage est comme au début
mend-added_nothing = Ceci n’est pas retiré
mend-erased_nothing = Ceci est déjà retiré
mend-at_kept = { $left } % depuis la gauche, { $top } % depuis le haut : gardé
mend-at_removed = { $left } % depuis la gauche, { $top } % depuis le haut : retiré
mend-now_size = Taille du pinceau { $size } sur { $most }
mend-nothing_left = Il ne reste rien. Ajoutez quelque chose avant de continuer.

# people: several of them in one photo
people-heading = De qui s’agit-il ?
people-hint = On voit { $count } personnes. Choisissez-en une sur l’image. Elle seule est détourée et vous est montrée avant tout envoi ; toutes les autres deviennent blanches sur cet appareil.
people-person = Personne { $number } sur { $count }, depuis la gauche
people-choice = Personne { $number }
people-bar = On voit plusieurs personnes. Détourer :

# thing: a garment that nobody wears
thing-hint = Si c’est un vêtement seul, nous pouvons le détourer : tout ce qui se détache du fond. Vous le voyez d’abord, et pouvez le corriger.
thing-take = Chercher ce vêtement

# garments
garments-heading = Rechercher
garments-all = Tout
garments-mark = Marquer une partie
garments-seen = { $garment }, sur votre photo
garments-part_hint = Tracez un cadre sur l’image ; ses coins se déplacent.
garments-part_keys = Les flèches le déplacent ; avec Maj, elles changent sa taille.
garments-part_label = Partie marquée : { $left } % depuis la gauche, { $top } % depuis le haut, { $width } % de large, { $height } % de haut

# results
results-heading = Des pièces semblables
results-categories = Catégories
results-nothing = Rien trouvé
results-nothing_catalogue = La boutique n’a pas encore d’articles à comparer.
results-nothing_filter = Aucun article ne correspond à ces filtres.
results-show_all = Tout afficher ({ $count })
results-show_fewer = Afficher moins
results-further_failed = Ces pièces n’ont pas pu être chargées.
results-seen = Sur votre photo
results-pieces = { $count ->
    [one] { $count } pièce
   *[other] { $count } pièces
}
results-new_tab = s’ouvre dans un nouvel onglet
results-was = avant
results-from = dès
results-sizes = Tailles
results-discount = −{ $percent } %
results-cheapest = Les moins chers d’abord
results-order = Les plus semblables d’abord.
results-names = { $first } et { $last }
results-similar = { $first } et similaires
results-narrow = N’afficher que
results-all = Tout
results-outerwear = Cela ressemble à un manteau ou à une veste. Dans cette recherche, les blazers et les pulls s’en approchent le plus.
results-of_shop = De cette boutique
results-rest = Autres articles de cette boutique
results-in_colour = en { $color }
results-refine = Affiner
results-weak = Rien de très proche. Le plus proche :
results-part = La recherche ne couvre pas toute la boutique pour le moment : certains articles manquent ici.
results-unsearched = Votre photo montre aussi des chaussures, des sacs ou des accessoires, qui ne sont pas recherchés ici.
results-back = Reculer dans cette rangée
results-on = Avancer dans cette rangée

# filters
filters-heading = Filtres
filters-price = Prix
filters-price_min = De ({ $currency })
filters-price_max = À ({ $currency })
filters-price_span = De { $lowest } à { $highest }
filters-currency = Devise
filters-wrong = Saisissez un montant.
filters-brand = Marque
filters-color = Couleur
filters-gender = Pour
filters-female = Femme
filters-male = Homme
filters-unisex = Tout le monde
filters-age_group = Âge
filters-newborn = Nouveau-nés
filters-infant = Bébés
filters-toddler = Tout-petits
filters-kids = Enfants
filters-adult = Adultes
filters-material = Matière
filters-pattern = Motif
filters-size = Taille
filters-all = Tous
filters-in_stock = En stock seulement
filters-search = Chercher dans cette liste
filters-others = { $count ->
    [one] et { $count } autre
   *[other] et { $count } autres
}
filters-from = dès { $price }
filters-up_to = jusqu’à { $price }
filters-less_like = moins comme { $title }
filters-remove = Retirer le filtre { $filter }
filters-clear = Effacer les filtres
filters-done = Terminé

# product
product-heading = Un article de la boutique
product-similar = Pièces similaires
product-more = Similaires
product-more_like = Similaires : { $title }
product-less = Pas celui-ci
product-less_like = Moins comme celui-ci : { $title }
product-back = Revenir à votre look
product-category_predicted = La boutique ne précise pas ce que c’est ; d’après l’image, cela relève de « { $category } ».
product-shop = Voir dans la boutique
product-share = Partager cette vue
product-copied = Le lien est dans le presse-papiers.
product-not_copied = Copiez le lien depuis la barre d’adresse.
product-pictures = Images de { $title }
product-picture = { $title }, image { $number } sur { $count }
product-picture_number = { $number } sur { $count }
product-picture_back = Image précédente
product-picture_on = Image suivante

# saved: products
saved-heading = Enregistrés, sur cet appareil uniquement
saved-save = Enregistrer { $title }
saved-remove = Retirer { $title } des articles enregistrés

# history
history-heading = Vos derniers looks, gardés seulement sur cet appareil
history-again = Chercher encore avec le look du { $date }
history-remove = Oublier le look du { $date }
history-clear = Tout effacer
history-keep = Garder mes derniers looks sur cet appareil

# category
category-blazers = Blazers
category-dresses = Robes
category-jumpers = Pulls
category-shirts = Chemises et blouses
category-skirts = Jupes
category-trousers = Pantalons
category-t_shirts = T-shirts
category-tops = Tops
category-outerwear = Manteaux et vestes

# layer: where a garment is worn
layer-upper = Haut du corps
layer-outer = Par-dessus
layer-lower = Bas du corps
layer-whole = Corps entier

# availability
availability-in_stock = En stock
availability-out_of_stock = Épuisé
availability-preorder = Précommande
availability-backorder = Livré plus tard

# widget: what it says until its program is loaded; `cargo xtask build` inserts these lines into `widget.js`
widget-consent = Pour chercher avec une photo, cette partie de la page charge un programme de { $host }. Il détoure la personne sur cet appareil et n’envoie que ce que vous avez vu et accepté.
widget-agree = Accepter et continuer
widget-loading = Un instant…
widget-unreachable = La recherche ne répond pas.
widget-unreachable_next = Vérifiez votre connexion et réessayez.
widget-refused = La recherche n’est pas configurée pour cette page.
widget-worn = Semblable à ce qui est porté ici
widget-worn_picture = Des personnes sur une photo de ce produit
widget-worn_note = Ces pièces ressemblent à ce qui est porté sur l’image ; ce ne sont pas forcément les mêmes.

# failure
failure-not_a_picture = Ce fichier n’est pas une image JPEG, PNG ou WebP.
failure-not_a_picture_next = Choisissez une photo de votre galerie, ou faites une capture d’écran.
failure-unreadable = Ce fichier ne peut pas être lu.
failure-unreadable_next = Il a peut-être été déplacé ou supprimé. Choisissez-le à nouveau, ou une autre photo.
failure-undecodable = Votre navigateur ne peut pas ouvrir cette image.
failure-undecodable_next = Elle est peut-être endommagée. Choisissez-en une autre, ou enregistrez-la à nouveau en JPEG.
failure-damaged = Cette image est endommagée.
failure-damaged_next = Choisissez une autre photo, ou enregistrez celle-ci à nouveau en JPEG.
failure-truncated = Cette image est tronquée : il en manque la fin.
failure-truncated_next = Le transfert s’est sans doute interrompu. Récupérez la photo à nouveau, ou choisissez-en une autre.
failure-too_many_pixels = Cette image a { $width } × { $height } pixels, plus qu’un navigateur ne peut en tenir.
failure-too_many_pixels_next = Choisissez-en une de { $most } mégapixels au plus, par exemple une capture d’écran.
failure-heic = Ce navigateur ne peut pas ouvrir les photos HEIC et AVIF.
failure-heic_next = Enregistrez-la en JPEG, ou faites-en une capture d’écran. Sur iPhone : Réglages, Appareil photo, Formats, Le plus compatible.
failure-too_large = Ce fichier fait { $size } : plus qu’une photo.
failure-too_large_next = Choisissez une image de { $most } au plus.
failure-empty = Ce fichier est vide.
failure-empty_next = La photo n’a peut-être pas fini de se télécharger. Ouvrez-la dans votre galerie, puis choisissez-la à nouveau.
failure-no_person = On ne voit personne sur cette photo.
failure-no_person_next = Choisissez-en une qui montre une tenue de la tête aux pieds, ou au moins le haut, bien éclairée.
failure-blurred = Nous ne voyons personne : cette photo est floue.
failure-blurred_next = Choisissez-en une plus nette, ou reprenez-la sans bouger.
failure-dark = Nous ne voyons personne : cette photo est trop sombre.
failure-dark_next = Choisissez-en une plus claire, ou reprenez-la mieux éclairée.
failure-small = La personne sur cette photo est trop petite pour être détourée.
failure-small_next = Recadrez d’abord la photo sur elle, ou choisissez-en une prise de plus près.
failure-nothing_left = Il ne reste rien de l’image.
failure-nothing_left_next = Gardez un peu plus de la personne, et réessayez.
failure-unreachable = Le serveur de la boutique ne répond pas.
failure-unreachable_next = Vérifiez votre connexion et réessayez.
failure-offline = Vous êtes hors ligne.
failure-offline_next = Le détourage se fait sur cet appareil et y reste. Pour rechercher, connectez-vous à internet et réessayez.
failure-busy = Beaucoup de gens recherchent en ce moment.
failure-busy_next = Attendez un instant, puis réessayez.
failure-slow = La connexion est trop lente pour la recherche.
failure-slow_next = Réessayez avec une meilleure connexion.
failure-refused = Le serveur de la boutique n’a pas pu utiliser cette image.
failure-refused_next = Essayez une autre photo.
failure-only_numbers = Cette boutique n’accepte pas d’images.
failure-only_numbers_next = Envoyez des nombres que cet appareil calcule à partir du détourage : aucune image ne le quitte.
failure-outdated = La boutique a été renouvelée depuis le chargement de cette page.
failure-outdated_next = Rechargez la page, puis cherchez.
failure-reload = Recharger la page
failure-server = Le serveur de la boutique n’a pas pu rechercher ce look.
failure-server_next = Réessayez dans quelques minutes.
failure-gone = La boutique n’a plus cet article.
failure-gone_next = Choisissez une photo pour en trouver d’autres.
failure-unsupported = Ce navigateur est trop ancien pour détourer des personnes.
failure-unsupported_next = Utilisez Chrome ou Edge 103, Firefox 105, Safari 16.4 ou plus récent.
failure-worker = La partie de cette page qui détoure les personnes s’est arrêtée.
failure-worker_next = Réessayez : elle redémarre. Si cela n’aide pas, rechargez la page.
