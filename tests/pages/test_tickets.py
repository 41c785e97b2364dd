"""What tickets and receipts say, from a real purchase."""

import pytest

from engine.engine import Engine
from engine.orders import Bought, OrderView
from server.buying.about import About, about
from server.pages.documents import Documents
from server.pages.facts import Names
from server.pages.receipts import receipt_data
from server.pages.sources import Sources
from server.pages.tickets import tickets_data
from tests.orders.house import open_house

PDF = b"%PDF-"


@pytest.fixture
async def printed(engine: Engine, sale_id: str) -> tuple[OrderView, About, Names]:
    """An order of two seats and two units, with all that its paper needs."""
    house = await open_house(engine, sale_id)
    bought = await house.buy(await house.buyer_holding(3, 41, units={"floor": 2}))
    assert isinstance(bought, Bought)
    names = await Sources(engine).names(sale_id, frozenset({3, 41}))
    return bought.order, await about(engine, sale_id), names


async def test_every_ticket_says_where_it_lets_in(printed: tuple[OrderView, About, Names]) -> None:
    data = tickets_data(*printed, "es")
    places = [[(part["name"], part["value"]) for part in ticket["place"]] for ticket in data["tickets"]]
    assert [len(place) for place in places] == [3, 3, 1, 1]
    assert [name for name, _ in places[0]] == ["Sector", "Fila", "Asiento"]
    assert places[0][2][1] == "4"
    assert places[2] == places[3]
    assert [ticket["count"] for ticket in data["tickets"]] == ["1 de 4", "2 de 4", "3 de 4", "4 de 4"]
    assert [ticket["price"] for ticket in data["tickets"]] == [
        f"{price}\N{NO-BREAK SPACE}€" for price in (45, 30, 20, 20)
    ]
    assert data["when"].endswith("hora local del recinto")


async def test_a_receipt_adds_up_and_names_no_card_but_its_end(printed: tuple[OrderView, About, Names]) -> None:
    data = receipt_data(*printed, "en")
    assert data["total"] == "€115"
    values = [row["value"] for row in data["rows"]]
    assert "card ending in 4242" in values
    assert printed[0].code in values


async def test_paper_is_printed_in_every_language(printed: tuple[OrderView, About, Names]) -> None:
    documents = Documents()
    for language in ("en", "es", "pt"):
        assert (await documents.pdf("tickets", tickets_data(*printed, language))).startswith(PDF)
        assert (await documents.pdf("receipt", receipt_data(*printed, language))).startswith(PDF)
    documents.close()
