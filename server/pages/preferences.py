"""The page where a reader of letters says which offers they want, on which channel and at which hours: by the link of a
letter, without an account.

Guarantees: a link works for whom it was signed; a GET changes nothing; what can't be so is said beside the form, and
nothing is changed. A page without a script, as those of links.py.
"""

from __future__ import annotations

import html
from collections.abc import Mapping
from dataclasses import dataclass
from zoneinfo import available_timezones

from aiohttp import web

from engine.people import Quiet, Reader
from engine.refusals import Code, RefusalError
from server.contract.needs import Address, Need
from server.pages.links import language, page
from server.services import SERVICES

READER = (
    r"{token:[A-Za-z0-9_-]{1,40}\.[A-Za-z0-9_-]{1,40}(?:\.[0-9]{1,5}\.[0-9]{1,12}\.[0-9]{1,12})?\.[A-Za-z0-9_-]{10,60}}"
)
HOURS = range(24)
HOUR_MIN = 60


@dataclass(frozen=True, slots=True)
class Said:
    """The page in one language."""

    title: str
    orders: str
    always: str
    offers: str
    wording: str
    not_asked: str
    never: str
    stopped: str
    quiet: str
    since: str
    until: str
    no_hour: str
    zone: str
    save: str
    saved: str
    nobody: str
    wrong_hours: str
    wrong_zone: str
    channels: Mapping[str, str]


SAID = {
    "en": Said(
        "What you get from {organizer}",
        "Orders and tickets",
        "Always, by e-mail: you need them to get in.",
        "Offers",
        "Tell me about offers of {organizer} near me, once a day at most.",
        "You have not asked {organizer} for offers, so none are sent.",
        "Never send me offers",
        "You stopped offers at this address. That holds for good.",
        "Quiet hours",
        "From",
        "Until",
        "none",
        "Time zone",
        "Save",
        "Saved.",
        "This link is for nobody we know any more.",
        "Choose both hours of the quiet time, and two that differ, or none.",
        "Write the time zone as in Europe/Madrid.",
        {"push": "in my browser", "email": "by e-mail", "sms": "by text message"},
    ),
    "es": Said(
        "Lo que recibes de {organizer}",
        "Pedidos y entradas",
        "Siempre, por correo: las necesitas para entrar.",
        "Ofertas",
        "Quiero saber de ofertas de {organizer} cerca de mí, como mucho una vez al día.",
        "No has pedido ofertas a {organizer}, así que no se te envía ninguna.",
        "No me enviéis ofertas nunca",
        "Paraste las ofertas en esta dirección. Es definitivo.",
        "Horas de silencio",
        "Desde",
        "Hasta",
        "ninguna",
        "Zona horaria",
        "Guardar",
        "Guardado.",
        "Este enlace ya no es de nadie que conozcamos.",
        "Elige las dos horas del silencio, que sean distintas, o ninguna.",
        "Escribe la zona horaria así: Europe/Madrid.",
        {"push": "en mi navegador", "email": "por correo", "sms": "por SMS"},
    ),
    "pt": Said(
        "O que você recebe de {organizer}",
        "Pedidos e ingressos",
        "Sempre, por e-mail: você precisa deles para entrar.",
        "Ofertas",
        "Quero saber de ofertas de {organizer} perto de mim, no máximo uma vez por dia.",
        "Você não pediu ofertas a {organizer}, por isso nenhuma é enviada.",
        "Nunca me enviem ofertas",
        "Você parou as ofertas neste endereço. Isso vale para sempre.",
        "Horas de silêncio",
        "Das",
        "Até",
        "nenhuma",
        "Fuso horário",
        "Salvar",
        "Salvo.",
        "Este link não é mais de ninguém que conheçamos.",
        "Escolha as duas horas do silêncio, que sejam diferentes, ou nenhuma.",
        "Escreva o fuso horário assim: Europe/Madrid.",
        {"push": "no meu navegador", "email": "por e-mail", "sms": "por SMS"},
    ),
}


class Wrong(Exception):
    """What was sent can't be so; the text says why."""


async def show(request: web.Request) -> web.Response:
    reader, organizer = await read(request)
    return shown(request, reader, organizer, "")


async def save(request: web.Request) -> web.Response:
    reader, organizer = await read(request)
    said = SAID[language(request)]
    if reader is None:
        return shown(request, None, organizer, "")
    try:
        wanted, quiet = asked(reader, await request.post(), said)
    except Wrong as wrong:
        return shown(request, reader, organizer, str(wrong), status=422)
    readers = request.app[SERVICES].engine.readers
    await readers.say(reader, wanted, quiet, said.wording.format(organizer=organizer))
    reader, organizer = await read(request)
    return shown(request, reader, organizer, said.saved)


async def read(request: web.Request) -> tuple[Reader | None, str]:
    engine = request.app[SERVICES].engine
    known = engine.signer.reader_of(request.match_info["token"])
    organizer = None if known is None else await engine.organizers.view(known[0])
    if known is None or organizer is None:
        raise RefusalError(Code.NOT_FOUND)
    return await engine.readers.find(*known), organizer.name


def asked(reader: Reader, form: Mapping[str, object], said: Said) -> tuple[set[str], Quiet | None]:
    """Channels on which offers are wanted, and the quiet hours."""
    wanted = {channel for channel in reader.inboxes if reader.number is not None and form.get(channel) == "on"}
    since, until, zone = (str(form.get(name, "")).strip() for name in ("since", "until", "zone"))
    if not since and not until:
        return wanted - reader.stopped, None
    hours = [int(each) if each.isdecimal() and len(each) <= 2 else -1 for each in (since, until)]
    if any(hour not in HOURS for hour in hours) or hours[0] == hours[1]:
        raise Wrong(said.wrong_hours)
    if zone not in available_timezones():
        raise Wrong(said.wrong_zone)
    return wanted - reader.stopped, Quiet(hours[0] * HOUR_MIN, hours[1] * HOUR_MIN, zone)


def shown(request: web.Request, reader: Reader | None, organizer: str, note: str, *, status: int = 200) -> web.Response:
    said = SAID[language(request)]
    if reader is None:
        return page(request, said.nobody, "", status=404)
    parts = [
        f'<p role="{"alert" if status != 200 else "status"}"><strong>{html.escape(note)}</strong></p>' if note else ""
    ]
    parts.append(f"<h2>{said.orders}</h2><p>{said.always}</p><h2>{said.offers}</h2>")
    parts.append(unasked(reader, organizer, said) if reader.number is None else choices(reader, organizer, said))
    return page(request, said.title.format(organizer=organizer), "".join(parts), status=status)


def unasked(reader: Reader, organizer: str, said: Said) -> str:
    """For whoever bought as a guest: no offers come, and none need ever."""
    text = f"<p>{html.escape(said.not_asked.format(organizer=organizer))}</p>"
    return text if reader.has_said_no else f'{text}<form method="post"><button>{said.never}</button></form>'


def choices(reader: Reader, organizer: str, said: Said) -> str:
    ticks = "".join(tick(reader, channel, said) for channel in reader.inboxes)
    quiet = reader.quiet
    since, until = (None, None) if quiet is None else (quiet.since // HOUR_MIN, quiet.until // HOUR_MIN)
    zone = reader.zone if quiet is None else quiet.zone
    return (
        f'<form method="post"><p>{html.escape(said.wording.format(organizer=organizer))}</p>{ticks}'
        f"<fieldset><legend>{said.quiet}</legend>{hours('since', said.since, since, said)}"
        f"{hours('until', said.until, until, said)}"
        f'<label>{said.zone} <input name="zone" value="{html.escape(zone)}" autocomplete="off"></label></fieldset>'
        f"<button>{said.save}</button></form>"
    )


def tick(reader: Reader, channel: str, said: Said) -> str:
    where = said.channels[channel]
    if address := reader.shown.get(channel):
        where = f"{where} ({address})"
    if channel in reader.stopped:
        return f"<p>{html.escape(where)}: {said.stopped}</p>"
    checked = " checked" if reader.wants(channel) else ""
    return f'<p><label><input type="checkbox" name="{channel}"{checked}> {html.escape(where)}</label></p>'


def hours(name: str, label: str, chosen: int | None, said: Said) -> str:
    options = "".join(
        f'<option value="{hour}"{" selected" if hour == chosen else ""}>{hour:02}:00</option>' for hour in HOURS
    )
    return f'<label>{label} <select name="{name}"><option value="">{said.no_hour}</option>{options}</select></label> '


ADDRESSES = (
    Address("GET", f"/preferences/{READER}", Need.NOBODY, show),
    Address("POST", f"/preferences/{READER}", Need.NOBODY, save),
)
