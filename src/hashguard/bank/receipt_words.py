"""The words of a receipt, in the languages of the page. Pure."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from hashguard.bank.values import Feedback, Finding
from hashguard.lists import Status

REFUSED = "refused"  # of the statuses; the others are those of Status


@dataclass(frozen=True, slots=True)
class Words:
    """One language. statuses, kinds, left_out: what each says to the person of the case."""

    title: str
    intro: str
    number: str
    printed: str
    received: str
    decided: str
    ended: str
    status: str
    statuses: Mapping[str, str]
    pictures: str
    picture: str
    kind: str
    kinds: Mapping[str | None, str]
    answers: str
    answer: str
    words: Mapping[str, str]
    none: str
    left_out: str
    left_out_words: Mapping[Finding, str]
    closing: str
    time_note: str


_EN = Words(
    title="Case record",
    intro=(
        "This sheet says what was done with a case of picture codes. It holds neither a picture "
        "nor a code made from one."
    ),
    number="Case number",
    printed="Printed",
    received="Received",
    decided="Reviewed",
    ended="Ended",
    status="Status",
    statuses={
        Status.RECEIVED.value: "received, waiting for review",
        Status.ACTIVE.value: "active: platforms are asked to look for the pictures",
        Status.WITHDRAWN.value: "withdrawn by the person who made the case",
        Status.DELETED.value: "deleted by the organisation",
        REFUSED: "not accepted after review",
    },
    pictures="Pictures",
    picture="Picture",
    kind="Kind",
    kinds={
        None: "not said",
        "photo": "photo",
        "screenshot": "screenshot",
        "computer-made": "made by computer",
    },
    answers="What platforms answered",
    answer="{platform}: {word} ({time})",
    words={
        Feedback.BLOCKED.word: "blocked",
        Feedback.NOT_BLOCKED.word: "not blocked",
        Feedback.PENDING_REVIEW.word: "being reviewed",
        Feedback.QUALITY_UNKNOWN.word: "could not be judged",
    },
    none="no answer yet",
    left_out="Not taken in",
    left_out_words={
        Finding.JUNK: "shows nothing that could be recognised",
        Finding.ODD_WEIGHT: "its code cannot be that of a photograph",
        Finding.LOW_QUALITY: "too little detail to be recognised safely",
        Finding.REVIEWED: "left out in review",
    },
    closing=(
        "A platform answers for its own service only. No answer does not mean that a picture was "
        "not found."
    ),
    time_note="All times are UTC.",
)

_NL = Words(
    title="Overzicht van een zaak",
    intro=(
        "Dit blad zegt wat er met een zaak met fotocodes is gedaan. Er staat geen foto op, en ook "
        "geen code die van een foto is gemaakt."
    ),
    number="Zaaknummer",
    printed="Afgedrukt",
    received="Ontvangen",
    decided="Beoordeeld",
    ended="Beëindigd",
    status="Stand",
    statuses={
        Status.RECEIVED.value: "ontvangen, wacht op beoordeling",
        Status.ACTIVE.value: "actief: platforms wordt gevraagd naar de foto's te zoeken",
        Status.WITHDRAWN.value: "ingetrokken door wie de zaak heeft gemaakt",
        Status.DELETED.value: "verwijderd door de organisatie",
        REFUSED: "niet aangenomen na beoordeling",
    },
    pictures="Foto's",
    picture="Foto",
    kind="Soort",
    kinds={
        None: "niet gezegd",
        "photo": "foto",
        "screenshot": "schermafbeelding",
        "computer-made": "door een computer gemaakt",
    },
    answers="Wat platforms hebben geantwoord",
    answer="{platform}: {word} ({time})",
    words={
        Feedback.BLOCKED.word: "geblokkeerd",
        Feedback.NOT_BLOCKED.word: "niet geblokkeerd",
        Feedback.PENDING_REVIEW.word: "wordt bekeken",
        Feedback.QUALITY_UNKNOWN.word: "kon niet worden beoordeeld",
    },
    none="nog geen antwoord",
    left_out="Niet opgenomen",
    left_out_words={
        Finding.JUNK: "toont niets dat herkend kan worden",
        Finding.ODD_WEIGHT: "de code kan niet van een foto zijn",
        Finding.LOW_QUALITY: "te weinig detail om veilig herkend te worden",
        Finding.REVIEWED: "weggelaten bij de beoordeling",
    },
    closing=(
        "Een platform antwoordt alleen voor zijn eigen dienst. Geen antwoord betekent niet dat een "
        "foto niet is gevonden."
    ),
    time_note="Alle tijden zijn UTC.",
)

_FR = Words(
    title="Relevé de dossier",
    intro=(
        "Cette feuille dit ce qui a été fait d'un dossier de codes d'images. Elle ne contient ni "
        "image, ni code calculé à partir d'une image."
    ),
    number="Numéro de dossier",
    printed="Imprimé",
    received="Reçu",
    decided="Examiné",
    ended="Terminé",
    status="État",
    statuses={
        Status.RECEIVED.value: "reçu, en attente d'examen",
        Status.ACTIVE.value: "actif : il est demandé aux plateformes de chercher les images",
        Status.WITHDRAWN.value: "retiré par la personne qui a créé le dossier",
        Status.DELETED.value: "supprimé par l'organisation",
        REFUSED: "non accepté après examen",
    },
    pictures="Images",
    picture="Image",
    kind="Genre",
    kinds={
        None: "non précisé",
        "photo": "photo",
        "screenshot": "capture d'écran",
        "computer-made": "fabriquée par ordinateur",
    },
    answers="Réponses des plateformes",
    answer="{platform} : {word} ({time})",
    words={
        Feedback.BLOCKED.word: "bloquée",
        Feedback.NOT_BLOCKED.word: "non bloquée",
        Feedback.PENDING_REVIEW.word: "en cours d'examen",
        Feedback.QUALITY_UNKNOWN.word: "n'a pas pu être évaluée",
    },
    none="pas encore de réponse",
    left_out="Non retenues",
    left_out_words={
        Finding.JUNK: "ne montre rien de reconnaissable",
        Finding.ODD_WEIGHT: "le code ne peut pas être celui d'une photo",
        Finding.LOW_QUALITY: "trop peu de détails pour être reconnue sûrement",
        Finding.REVIEWED: "écartée lors de l'examen",
    },
    closing=(
        "Une plateforme ne répond que pour son propre service. L'absence de réponse ne veut pas "
        "dire que l'image n'a pas été trouvée."
    ),
    time_note="Toutes les heures sont en UTC.",
)

LANGUAGES: Mapping[str, Words] = {"en": _EN, "nl": _NL, "fr": _FR}
