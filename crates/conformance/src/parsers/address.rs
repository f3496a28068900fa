use session_transport::Address;

/// The address of a session: what is shown of it leads to the same session by the same way.
pub fn address(input: &[u8]) {
    let Ok(text) = std::str::from_utf8(input) else { return };
    let Ok(address) = Address::parse(text, "127.0.0.1") else { return };
    let shown = address.to_string();
    let again = Address::parse(&shown, "127.0.0.1");
    let place = |address: &Address| (address.session().to_owned(), address.transport());
    assert_eq!(again.as_ref().map(place), Ok(place(&address)), "{shown} leads to the same session");
}
