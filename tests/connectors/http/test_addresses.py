"""Which addresses may be met."""

from ipaddress import IPv4Address, IPv6Address

from hypothesis import given
from hypothesis import strategies as st

from market_research.connectors.http.addresses import public

PRIVATE = (
    "0.0.0.0/8 10.0.0.0/8 100.64.0.0/10 127.0.0.0/8 169.254.0.0/16 172.16.0.0/12 192.168.0.0/16 198.18.0.0/15 "
    "224.0.0.0/4 240.0.0.0/4"
).split()
WRAPPED = {
    "mapped": lambda v4: IPv6Address(0xFFFF << 32 | int(v4)),
    "nat64": lambda v4: IPv6Address(0x64FF9B << 96 | int(v4)),
    "6to4": lambda v4: IPv6Address(0x2002 << 112 | int(v4) << 80 | 1),
    "compatible": lambda v4: IPv6Address(int(v4)),
}


@given(st.sampled_from(PRIVATE).flatmap(lambda network: st.ip_addresses(v=4, network=network)))
def test_a_private_address_is_private_in_every_form(address: IPv4Address) -> None:
    assert not public(address)
    assert not any(public(wrap(address)) for wrap in WRAPPED.values())


@given(st.ip_addresses(v=6))
def test_whatever_is_public_lies_in_the_part_of_the_internet_that_is_given_out(address: IPv6Address) -> None:
    wrapped = address.ipv4_mapped or address.sixtofour
    if public(address) and wrapped is None and int(address) >> 32 != 0x64FF9B << 64:
        assert int(address) >> 125 == 1


def test_public_addresses_are_public_in_the_forms_in_which_they_are_met() -> None:
    address = IPv4Address("8.8.8.8")
    assert public(address)
    assert [name for name, wrap in WRAPPED.items() if public(wrap(address))] == ["mapped", "nat64", "6to4"]
    assert public(IPv6Address("2600::1"))
