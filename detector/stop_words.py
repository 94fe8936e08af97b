"""Words that stand out in no post: the commonest of Indonesian and English, informal spellings included."""

from __future__ import annotations

from detector.fold import fold

_INDONESIAN = """
    ada adalah agak agar aja ajah akan aku akulah alias amat anda antara apa apabila apakah apalagi
    aq artinya atas atau bagai bagaimana bagi bagian bahkan bahwa baik bakal bang banget banyak baru
    bawah beberapa begini begitu belum benar berada berapa berbagai berikut bersama besok betul bgt
    biar biarin biasa biasanya bila bisa bkn blm blom bnyk boleh bolehkah bro bsa buat bukan
    bukankah coba cuma cuman dah dalam dan dapat dari daripada deh dek demi demikian dengan depan dgn
    dia dialah dimana diri dirinya dll dlm dong donk dua dulu emang engga enggak entah ga gaes gais
    gak gan gausah gimana gini gitu gk gmn gua gue guys gw hal halo hampir hanya hari harus harusnya
    hingga hmm ia ialah ini inilah itu itulah iya jadi jadinya jam jangan jd jg jgn jika juga jumat
    kagak kah kak kaka kakak kalau kali kalian kalo kami kamis kamu kan kapan karena karna kasih
    kata kau kaya kayak kayaknya ke kecuali kedua kek kemana kemarin kembali kemudian kenapa kepada
    ketika kini kita kl klo km knp kok krn krna kyk lagi lah lain lainnya lalu lama lebih lewat lg
    lho lo loh lu maka makanya malah malam mana mas masa masih masing mau maupun mbak melainkan
    melalui mereka merupakan meski meskipun mimin min minggu misal misalnya mohon mulai mungkin nah
    namun nanti nda nder ng ngga nggak nih nya nyata oh oleh om orang org pada padahal pagi pak
    pakai pake paling para pasti per pernah pula pun punya rabu rasa rasanya saat saja sama sampai
    sampe sana sang sangat saya se seakan sebab sebagai sebelum sebenarnya sebuah sebut sedang
    sedangkan sedikit segala segera sehingga sejak sekali sekalian sekarang sekitar selain selalu
    selama selasa seluruh sementara semoga semua sendiri senin seorang seperti sering serta sesuatu
    setelah setiap si siang siapa sih sini skrg soal sore sudah suka supaya sy tadi tahu tanpa tapi
    bgt mingu tau tdk telah tempat tentang tentu terhadap terjadi terlalu termasuk ternyata tersebut terus
    tetap tetapi tiap tiba tidak tidakkah tiga tlg tolong tp trs trus tsb tuh tunggu udah udh umum untuk
    utk wah waktu walau walaupun wkwk wkwkwk wkwkwkwk woi ya yaa yah yaitu yakni yang yg ygy yuk
"""
_ENGLISH = """
    a about above actually after again ago all almost already also although always am amp an and
    another any anybody anyone anything are aren't around as ask at away back be because become been
    before behind being below between both but by came can can't cannot cant come comes could
    couldn't day days did didn't didnt do does doesn't doesnt doing don't done dont each either else
    enough even ever every everyone everything few first for from get gets getting give given go
    goes going gone gonna good got gotta great had hadn't has hasn't have haven't having he he's
    hello her here here's hers herself hey hi him himself his hour hours how how's however http
    https i'd i'll i'm i've if im in instead into is isn't isnt it it's its itself ive just keep
    kind know last later least less let let's lets like little lol long look looks lot lots made
    make makes making many may maybe me mean might mine minute minutes more most much must my myself
    near need needs never new next no nobody none nor not nothing now of off often oh ok okay omg on
    once one only onto or other others our ours ourselves out over own people per please pls put
    quite rather really right rt said same saw say saying says see seem seems seen she should
    shouldn't since so some somebody someone something soon still such sure take taken takes taking
    tell than thank thanks that that's thats the their theirs them themselves then there there's
    these they they're they've thing things think this those though through time times to today
    together tomorrow tonight too took try trying two under until up upon us use used using very via
    wait want wanted wants was wasn't wasnt way we we'll we're we've week well went were weren't
    what what's when where where's whether which while who who's whole whom whose why will with
    within without won't wont would wouldn't www yeah year years yes yesterday yet you you'll you're
    you've your youre yours yourself
"""

STOP_WORDS = frozenset(fold(word) for word in (_INDONESIAN + _ENGLISH).split())
