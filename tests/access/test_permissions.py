"""Permits decide as a small model does, whatever roles, scopes and ends are given."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from hypothesis import given
from hypothesis import strategies as st

from engine.access import ALL, OF_EVENTS, OF_VENUES, ROLES, About, Grant, Permission, Permit, Role, Scope
from engine.audit import ActorKind

NOW = datetime(2026, 11, 27, tzinfo=UTC)
EVENTS, VENUES = ("evt_a", "evt_b"), ("ven_a", "ven_b")

scopes = st.builds(Scope, st.frozensets(st.sampled_from(EVENTS)), st.frozensets(st.sampled_from(VENUES)))
ends = st.none() | st.integers(-2, 2).map(lambda hours: NOW + timedelta(hours=hours))
grants = st.builds(
    lambda at, role, scope, until: Grant(f"gra_{at}", ROLES[role], scope, until, role),
    st.integers(0, 9),
    st.sampled_from(Role),
    scopes,
    ends,
)
abouts = st.builds(About, st.none() | st.sampled_from(EVENTS), st.none() | st.sampled_from(VENUES))


def allows(grant: Grant, permission: Permission, about: About) -> bool:
    """The model: one grant, said in words."""
    if grant.until is not None and grant.until <= NOW:
        return False
    if permission not in grant.permissions:
        return False
    if not grant.scope.events and not grant.scope.venues:
        return True
    by_event = about.event in grant.scope.events and permission in OF_EVENTS
    by_venue = about.venue in grant.scope.venues and permission in OF_VENUES
    return by_event or by_venue


@given(st.lists(grants, max_size=4), st.sampled_from(Permission), abouts)
def test_a_permit_decides_as_its_grants_do(given_: list[Grant], permission: Permission, about: About) -> None:
    permit = Permit("org_a", ActorKind.ACCOUNT, "acc_a", tuple(given_))
    fitting = [each for each in given_ if allows(each, permission, about)]
    decided = permit.decides(permission, about, NOW)
    assert (decided is not None) == bool(fitting)
    assert decided is None or decided in fitting
    reach = permit.reach(permission, NOW)
    assert reach.everything == any(allows(each, permission, About()) for each in given_)
    if not reach.everything:
        assert bool(fitting) == (about.event in reach.events or about.venue in reach.venues)


def test_an_event_and_its_venue_together_give_what_either_gives() -> None:
    both = Scope(frozenset({"evt_a"}), frozenset({"ven_a"}))
    assert both.covers(Permission.VENUE_EDIT, About("evt_a", "ven_a"))
    assert not both.covers(Permission.VENUE_EDIT, About("evt_a", "ven_b"))


@given(st.lists(grants, max_size=4))
def test_what_holds_everywhere_holds_somewhere(given_: list[Grant]) -> None:
    permit = Permit("org_a", ActorKind.ACCOUNT, "acc_a", tuple(given_))
    assert permit.everywhere(NOW) <= permit.somewhere(NOW)


def test_only_an_owner_may_everything() -> None:
    assert [role for role in Role if ROLES[role] == ALL] == [Role.OWNER]
    assert OF_EVENTS < OF_VENUES < ALL
