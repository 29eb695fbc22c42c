# The page's words in English. Every language has the same ids, with the same variables.
name = Shop the look
skip = Skip to content
start_over = Start over
cancel = Cancel
close = Close
try_again = Try again
choose_another = Choose another photo
choose_photo = Choose a photo
language = Language
footer = The photo is cut out on your device, by a neural network in your browser. The shop’s server receives only what “What we send” shows, and compares it with its products.
privacy = Privacy
drop_anywhere = Drop the photo anywhere

# hero
hero-title = See a look. Find its pieces.
hero-lead = Choose a photo of an outfit you like. We cut the person out and show what you can buy to wear it yourself.
hero-choose = Choose a photo
hero-reading = Reading your photo…
hero-hint = or drop one here, or paste it from the clipboard
hero-promise = Only the part of your photo that the cut-out shows is sent, and only after you have seen it. All the rest stays on this device.
hero-promise_numbers = No picture leaves this device: only numbers that describe what is worn are sent, and only after you have seen what they are of.
hero-samples = Or start with one of these looks

# ways
ways-paste = Paste
ways-paste_denied = The browser does not let this page see the clipboard. Allow it in the site’s settings beside the address, or press Ctrl + V.
ways-paste_nothing = There is no picture in the clipboard. Copy one, then press Paste again.
ways-paste_failed = The clipboard cannot be read. Choose the photo instead.
ways-shared_missed = The shared photo did not arrive here, and nobody else has it. Choose it once more from your library.

# camera
camera-take = Take a photo
camera-heading = Take a photo
camera-preview = What the camera sees
camera-promise = The camera runs only while this is open. Nothing is recorded, and the photo is cut out on this device.
camera-asking = Allow the camera, if your browser asks.
camera-ready = The camera is ready.
camera-paused = The camera pauses while this page is out of sight.
camera-shot = Take it now
camera-count = Take it in { $seconds } seconds
camera-stop_count = Stop the countdown
camera-switch = Other camera
camera-denied = This page may not use the camera.
camera-denied_next = Allow it in the browser’s settings for this site, behind the symbol beside the address, and in your device’s privacy settings for the browser. Then try again.
camera-missing = This device has no camera that the browser can find.
camera-missing_next = Connect one and try again, or choose a photo instead.
camera-in_use = The camera gives no picture.
camera-in_use_next = Another program may be using it, or it was unplugged. Close that program, check the plug, then try again.
camera-insecure = Browsers lend the camera only to encrypted pages.
camera-insecure_next = Open this page with an address that begins with https, or choose a photo instead.
camera-failed = The photo could not be taken.
camera-failed_next = Try again, or choose a photo instead.

# offline
offline-banner = You are offline: photos are cut out all the same, on this device. Searching waits for a connection.

# readiness
readiness-download = Getting the cut-out tool ready · { $percent } %
readiness-almost = Getting the cut-out tool ready · almost there
readiness-ready = The cut-out tool is ready.
readiness-failed = The cut-out tool is not ready. It starts again with your photo.

# status
status-reading = Reading your photo.
status-cutting = Cutting the person out, on this device.
status-review = The cut-out is ready. Nothing has been sent yet: look at what would be sent.
status-people = Several people are seen. Nothing has been sent yet: choose whom you mean.
status-searching = Searching for similar pieces.
status-found = { $count ->
    [one] { $count } piece found.
   *[other] { $count } pieces found.
}

# progress
progress-check = Reading your photo
progress-download = Downloading the cut-out tool, once
progress-compile = Preparing the cut-out tool
progress-warm_up = Warming up
progress-segment = Cutting the person out
progress-compose = Making the new cut-out
progress-search = Searching for similar pieces
progress-nothing_sent = Nothing has been sent yet.

# look
look-heading = Your look
look-photo_alt = The photo you chose
look-cutout_alt = The person from your photo on plain white
look-garment_alt = The garment from your photo on plain white
look-stays = Your photo
look-is_sent = Was sent to search
look-would_be_sent = Would be sent
look-only_numbers = Only numbers of it are sent
look-another = Another photo
look-turn = Turn the photo
look-lies = This photo seems to lie on its side.
look-lies_now = Turn it upright
look-cut_out_in = Cut out in { $duration }
look-compared_in = { $count } products compared in { $duration }

# receipt
receipt-heading = What we send
receipt-sentence = Everything that the cut-out does not show was made white on this device: it is not sent.
receipt-sentence_numbers = No picture is sent, only numbers that describe the cut-out.
receipt-picture = The cut-out: { $width } × { $height } pixels, { $size }
receipt-part = The marked part of the cut-out: { $width } × { $height } pixels, { $size }
receipt-outline = A map of its garments, { $size }
receipt-outline_garment = A map of its outline, { $size }
receipt-removed = Removed before: the background, the file’s name, date, camera and location
receipt-removed_person = Removed before: the background, face, hair and skin, the file’s name, date, camera and location
receipt-removed_others = Removed before: everybody else and the background, the file’s name, date, camera and location
receipt-removed_person_others = Removed before: everybody else and the background, face, hair and skin, the file’s name, date, camera and location
receipt-hide = Also remove face, hair and skin
receipt-hide_now = Remove face, hair and skin
receipt-face = Your face is a large part of this picture.
receipt-numbers = Send only numbers, no picture
receipt-count = { $count } numbers that describe what is worn, and where in the picture: { $size }
receipt-numbers_sent = Numbers that describe what is worn, and where in the picture
receipt-counting = Numbers that describe what is worn: being computed …
receipt-no_picture = No picture: this search sends not a single pixel of your photo
receipt-can_tell = From such numbers the shop can tell kind, cut, colour and pattern of what is worn, roughly
receipt-at_once = Send at once from now on
receipt-send = Search with this
receipt-sent = What was sent
receipt-mend = Correct the cut-out
receipt-notice = Privacy notice for this search

# mend
mend-heading = Correct the cut-out
mend-hint = What is veiled is removed. Brush over what should be added, or erased.
mend-keys = By keyboard: arrow keys move the brush, with Shift further; Space paints, as long as you hold it; + and − change its size.
mend-hides = Face, hair and skin are removed all the same, as you have chosen.
mend-picture = Your photo under the brush
mend-tool = The brush
mend-add = Add
mend-erase = Erase
mend-size = Brush size
mend-size_of = { $size } of { $most }
mend-undo = Undo
mend-redo = Redo
mend-reset = As it first was
mend-done = Done
mend-added = Added
mend-erased = Erased
mend-undone = Undone
mend-redone = Done again
mend-was_reset = The cut-out is as it first was
mend-added_nothing = This is not removed
mend-erased_nothing = This is removed already
mend-at_kept = { $left } % from the left, { $top } % from above: kept
mend-at_removed = { $left } % from the left, { $top } % from above: removed
mend-now_size = Brush size { $size } of { $most }
mend-nothing_left = Nothing is left. Add something before you go on.

# people: several of them in one photo
people-heading = Whom do you mean?
people-hint = { $count } people are seen. Choose one on the picture. Only that person is cut out and shown before anything is sent; everybody else becomes white on this device.
people-person = Person { $number } of { $count }, from the left
people-choice = Person { $number }
people-bar = Several people are seen. Cut out:

# thing: a garment that nobody wears
thing-hint = If it is a garment alone, we can cut that out: all that stands out from the background. You see it first, and can correct it.
thing-take = Search for this garment

# garments
garments-heading = Search for
garments-all = Everything
garments-mark = Mark a part
garments-seen = { $garment }, seen in your photo
garments-part_hint = Draw a box on the cut-out; its corners can be dragged.
garments-part_keys = Arrow keys move it; with Shift they change its size.
garments-part_label = Marked part: { $left } % from the left, { $top } % from above, { $width } % wide, { $height } % high

# results
results-heading = Pieces like these
results-categories = Categories
results-nothing = Nothing found
results-nothing_catalogue = The shop has no products to compare with yet.
results-nothing_filter = No product matches these filters.
results-show_all = Show all { $count }
results-show_fewer = Show fewer
results-further_failed = These pieces could not be loaded.
results-seen = Seen in your photo
results-pieces = { $count ->
    [one] { $count } piece
   *[other] { $count } pieces
}
results-new_tab = opens in a new tab
results-was = before
results-from = from
results-sizes = Sizes
results-discount = −{ $percent } %
results-cheapest = Cheapest first
results-order = The most similar come first.
results-names = { $first } and { $last }
results-similar = { $first } and similar
results-narrow = Show only
results-all = All
results-outerwear = This looks like a coat or a jacket. Blazers and jumpers come nearest in this search.
results-of_shop = From this shop
results-rest = More from this shop
results-in_colour = in { $color }
results-refine = Refine
results-weak = Nothing very close. The nearest:
results-part = Part of the shop cannot be searched at the moment, so some products are missing here.
results-unsearched = Shoes, bags and accessories are seen in your photo, but not searched here.
results-back = Back in this row
results-on = On in this row

# filters
filters-heading = Filters
filters-price = Price
filters-price_min = From ({ $currency })
filters-price_max = Up to ({ $currency })
filters-price_span = { $lowest } to { $highest }
filters-currency = Currency
filters-wrong = Please enter an amount.
filters-brand = Brand
filters-color = Colour
filters-gender = For
filters-female = Women
filters-male = Men
filters-unisex = Everybody
filters-age_group = Age
filters-newborn = Newborns
filters-infant = Babies
filters-toddler = Toddlers
filters-kids = Kids
filters-adult = Adults
filters-material = Material
filters-pattern = Pattern
filters-size = Size
filters-all = All
filters-in_stock = In stock only
filters-search = Search this list
filters-others = { $count ->
    [one] and { $count } more
   *[other] and { $count } more
}
filters-from = from { $price }
filters-up_to = up to { $price }
filters-less_like = less like { $title }
filters-remove = Remove the filter { $filter }
filters-clear = Clear filters
filters-done = Done

# product
product-heading = A product of the shop
product-similar = Similar pieces
product-more = More like this
product-more_like = More like this: { $title }
product-less = Not this
product-less_like = Less like this: { $title }
product-back = Back to your look
product-category_predicted = The shop does not say what it is; going by its picture it belongs to “{ $category }”.
product-shop = View in the shop
product-share = Share this view
product-copied = The link is in the clipboard.
product-not_copied = Please copy the link from the address bar.
product-pictures = Pictures of { $title }
product-picture = { $title }, picture { $number } of { $count }
product-picture_number = { $number } of { $count }
product-picture_back = Previous picture
product-picture_on = Next picture

# saved: products
saved-heading = Saved, on this device only
saved-save = Save { $title }
saved-remove = Remove { $title } from what is saved

# history
history-heading = Your last looks, kept on this device only
history-again = Search again with the look of { $date }
history-remove = Forget the look of { $date }
history-clear = Clear all
history-keep = Keep my last looks on this device

# category
category-blazers = Blazers
category-dresses = Dresses
category-jumpers = Jumpers
category-shirts = Shirts & blouses
category-skirts = Skirts
category-trousers = Trousers
category-t_shirts = T-shirts
category-tops = Tops
category-outerwear = Coats & jackets

# layer: where a garment is worn
layer-upper = Upper body
layer-outer = Layer on top
layer-lower = Lower body
layer-whole = Whole body

# availability
availability-in_stock = In stock
availability-out_of_stock = Sold out
availability-preorder = Pre-order
availability-backorder = Ships later

# widget: what it says until its program is loaded; `cargo xtask build` inserts these lines into `widget.js`
widget-consent = To search with a photo, this part of the page loads a program from { $host }. It cuts the person out on this device, and sends only what you have seen and agreed to.
widget-agree = Agree and go on
widget-loading = One moment …
widget-unreachable = The search does not answer.
widget-unreachable_next = Check your connection and try again.
widget-refused = The search is not set up for this page.
widget-worn = Similar to what is worn here
widget-worn_picture = People in a picture of this product
widget-worn_note = The pieces below resemble what is worn in the picture; they need not be the same ones.

# failure
failure-not_a_picture = This file is not a JPEG, PNG or WebP picture.
failure-not_a_picture_next = Choose a photo from your library, or take a screenshot of what you see.
failure-unreadable = This file cannot be read.
failure-unreadable_next = It may have been moved or deleted. Choose it again, or choose another photo.
failure-undecodable = Your browser cannot open this picture.
failure-undecodable_next = It may be damaged. Choose another one, or save it again as JPEG and retry.
failure-damaged = This picture is damaged.
failure-damaged_next = Choose another photo, or save this one again as JPEG.
failure-truncated = This picture is cut short: its end is missing.
failure-truncated_next = Its download or transfer probably broke off. Get the photo again, or choose another one.
failure-too_many_pixels = This picture has { $width } × { $height } pixels, more than a browser can hold safely.
failure-too_many_pixels_next = Choose one of at most { $most } megapixels, such as a screenshot of it.
failure-heic = This browser cannot open HEIC and AVIF photos.
failure-heic_next = Save it as JPEG, or take a screenshot of it, and choose that. On an iPhone: Settings, Camera, Formats, Most Compatible.
failure-too_large = This file has { $size }: more than a photo takes.
failure-too_large_next = Choose a picture of at most { $most }.
failure-empty = This file is empty.
failure-empty_next = The photo may not have finished downloading. Open it once in your gallery, then choose it again.
failure-no_person = Nobody is seen in this photo.
failure-no_person_next = Choose one that shows an outfit from head to toe, or at least its upper half, in good light.
failure-blurred = We see nobody: this photo is blurred.
failure-blurred_next = Choose a sharper one, or take it again with a steady hand.
failure-dark = We see nobody: this photo is too dark.
failure-dark_next = Choose a brighter one, or take it again in better light.
failure-small = Whoever is in this photo is too small to be cut out.
failure-small_next = Cut the photo to that person first, or choose one that is taken closer.
failure-nothing_left = Nothing is left of the picture.
failure-nothing_left_next = Keep some more of the person, and try again.
failure-unreachable = The shop’s server does not answer.
failure-unreachable_next = Check your connection and try again.
failure-offline = You are offline.
failure-offline_next = The cut-out is made on this device and stays here. To search, connect to the internet and try again.
failure-busy = Many people are searching right now.
failure-busy_next = Wait a moment, then try again.
failure-slow = The connection is too slow for the search.
failure-slow_next = Try again, nearer to a router or with better reception.
failure-refused = The shop’s server could not use this picture.
failure-refused_next = Try another photo.
failure-only_numbers = This shop takes no pictures.
failure-only_numbers_next = Send numbers that this device computes of the cut-out: no picture leaves it.
failure-outdated = The shop has been renewed since this page was loaded.
failure-outdated_next = Load the page again, then search.
failure-reload = Load the page again
failure-server = The shop’s server could not search for this look.
failure-server_next = Try again in a few minutes.
failure-gone = The shop no longer has this product.
failure-gone_next = Choose a photo to find others.
failure-unsupported = This browser is too old to cut people out.
failure-unsupported_next = Please use Chrome or Edge 103, Firefox 105, Safari 16.4, or anything newer.
failure-worker = The part of this page that cuts people out has stopped.
failure-worker_next = Try again: it starts afresh. If that does not help, reload the page.
