"""Letters in English. A sentence is left out when a field that it names is missing."""

from engine.messages.letters.said import Language, Said

ENGLISH = Language(
    hello="Hello {name},",
    hello_all="Hello,",
    link_s="The link works for {time}.",
    by_hand="If the button doesn't work, open this address:",
    foot="{site} wrote this for {organizer}. Nobody reads answers to it."
    "|{site} wrote this because something happened that concerns this address. Nobody reads answers to it.",
    stop="Stop these offers",
    choose="Choose what you get",
    minutes=("{n} minute", "{n} minutes"),
    hours=("{n} hour", "{n} hours"),
    days=("{n} day", "{n} days"),
    instant="{day} {month} {year}, {clock} UTC",
    months="January February March April May June July August September October November December",
    facts={
        "at": "When",
        "device": "Device",
        "place": "Where",
        "network": "Network",
        "label": "Key",
        "act": "What",
        "subject": "About",
        "starts": "When",
        "offered_until": "Until",
        "venue": "Where",
        "code": "Purchase code",
        "proof_code": "Code",
    },
    changes={
        "totp_added": "An authenticator app was added.",
        "totp_removed": "The authenticator app was removed.",
        "passkey_added": "A passkey was added.",
        "passkey_removed": "A passkey was removed.",
        "recovery_made": "New recovery codes were made; the old ones no longer work.",
        "recovery_used": "A recovery code was used; it won't work again.",
        "outside_added": "A login at another provider was linked.",
        "outside_removed": "A login at another provider was unlinked.",
    },
    roles={
        "owner": "owner",
        "manager": "manager",
        "editor": "editor",
        "publisher": "publisher",
        "venue_manager": "venue manager",
        "box_office": "box office",
        "marketing": "marketing",
        "finance": "finance",
        "gate": "gate",
        "analyst": "analyst",
        "auditor": "auditor",
    },
    letters={
        "verify": Said(
            "Confirm your e-mail address for {site}",
            (
                "Somebody, most likely you, registered at {site} with this address.",
                "Press the button to confirm that it is yours.",
            ),
            "Confirm my address",
            "If it wasn't you, do nothing: without this step nobody can use the account.",
        ),
        "registered_already": Said(
            "You already have an account at {site}",
            (
                "Somebody, most likely you, tried to register at {site}, but this address has an account already.",
                "Log in as you always do. If you forgot your password, you can choose a new one on the login page.",
            ),
            "Go to the login page",
            "If it wasn't you, do nothing: nobody got in, and nobody was told that you have an account.",
        ),
        "reset": Said(
            "Choose a new password for {site}",
            (
                "Somebody, most likely you, asked for a new password for your account at {site}.",
                "Press the button to choose one. Until then, the old one stays.",
            ),
            "Choose a new password",
            "If it wasn't you, do nothing: your password stays as it is. Don't pass this letter on.",
        ),
        "password_changed": Said(
            "Your password for {site} was changed",
            ("The password of your account at {site} was changed. If it was you, there is nothing to do.",),
            "Go to my account",
            "If it wasn't you, choose a new password at once: “Forgot password” on the login page sends you a link.",
        ),
        "email_change": Said(
            "Confirm your new e-mail address for {site}",
            (
                "An account at {site} is to have this address from now on.",
                "Press the button to confirm that it is yours. Until then, the old one stays.",
            ),
            "Confirm this address",
            "If it wasn't you, do nothing: the account keeps its old address.",
        ),
        "email_changed": Said(
            "Your e-mail address at {site} was changed",
            (
                "Your account at {site} has another e-mail address now. We no longer write to this one.",
                "The new address is {email}.",
                "If it was you, there is nothing to do.",
            ),
            "Go to my account",
            "If it wasn't you, somebody else got into your account: ask whoever runs {site} for help at once.",
        ),
        "new_login": Said(
            "New login to your account at {site}",
            (
                "Somebody logged in to your account at {site} from a device or a place that we hadn't seen before.",
                "If it was you, there is nothing to do.",
            ),
            "Look at my sessions",
            "If it wasn't you, end that session and choose a new password at once.",
        ),
        "invitation": Said(
            "{organizer} invites you to {site}",
            (
                "You are invited to work with {organizer} at {site}.",
                "The invitation is from {inviter}.",
                "Your role: {roles}.",
                "Press the button to see what it lets you do, and to accept it or not.",
            ),
            "Look at the invitation",
            "If you don't know {organizer}, do nothing: nothing happens unless you accept.",
        ),
        "second_factor_changed": Said(
            "How you log in to {site} was changed",
            (
                "A second step of logging in to your account at {site} was changed.",
                "{what}",
                "If it was you, there is nothing to do.",
            ),
            "Go to my account",
            "If it wasn't you, choose a new password at once and look at what your account has now.",
        ),
        "account_closed": Said(
            "Your account at {site} is closed",
            (
                "Your account at {site} was closed, and nobody can log in to it any more.",
                "Tickets that you bought stay valid.",
            ),
            "Go to {site}",
            "If it wasn't you, ask whoever runs {site} for help at once.",
        ),
        "key_expires": Said(
            "An API key ends soon: {label}|An API key ends soon",
            (
                "An API key of {organizer} at {site} ends soon. What uses it will stop working then."
                "|An API key at {site} ends soon. What uses it will stop working then.",
                "Make a new one in the office, under Settings, and put it in the place of the old one.",
            ),
            "Go to the keys",
            "If nothing uses the key any more, do nothing: it ends by itself.",
        ),
        "approval_wanted": Said(
            "{asked_by} asks for your approval|Your approval is asked for",
            (
                "Something is to be done for {organizer} that needs a second person."
                "|Something is to be done at {site} that needs a second person.",
                "{asked_by} asked for it.",
                "Look at it, then approve or reject it. Without you it will not happen.",
            ),
            "Look at it",
            "If you don't want to decide, do nothing: others may, or the question ends by itself.",
        ),
        "order_confirmed": Said(
            "Your order at {store}: {product}|Your tickets: {event}|Your order {code}",
            (
                "Thank you. {product} is paid for and waits for you at {store}. Show the attached code there."
                "|Thank you. Your tickets for {event} are paid for. They are attached, with a file for your calendar."
                "|Thank you. Your order is paid for.",
                "To get in to {event}, show the code of each ticket, on your phone or on paper. "
                "Each lets one person in.",
                "Refunds: {refund_rule}",
                "The browser you bought with opens the order; any other asks for the purchase code and your ticket "
                "password.",
            ),
            "Open the order",
            "If you bought nothing, somebody mistyped their address: delete this letter, please. "
            "Whoever has it has the tickets.",
        ),
        "order_key_reset": Said(
            "Set a new ticket password for order {code}",
            (
                "Somebody, most likely you, asked for a new ticket password for order {code}.",
                "Press the button to set one. Until then, the old one stays.",
            ),
            "Set a new ticket password",
            "If it wasn't you, do nothing: the password stays as it is. Don't pass this letter on.",
        ),
        "order_key_changed": Said(
            "The ticket password of order {code} was changed",
            ("The ticket password of order {code} was changed. If it was you, there is nothing to do.",),
            "Go to the order",
            "If it wasn't you, somebody else reads this inbox. Change its password first, then set a new ticket "
            "password: the page of the order sends you a link.",
        ),
        "offer": Said(
            "{product} at {store} for {price}",
            (
                "Until {ends} you get {product} at {store} for {price} instead of {regular}. It is {distance} away."
                "|Until {ends} you get {product} at {store} for {price} instead of {regular}."
                "|Until {ends} you get {product} at {store} for {price}.",
                "There are {stock} in all. Put one in your cart, and it is yours for a minute.",
            ),
            "Look at the offer",
            "",
            why="You are getting this because you asked to hear about offers near you, once a day at most.",
            short="{product} at {store}: {price} until {ends}. {link}",
        ),
        "proof_offers": Said(
            "Confirm that you want offers from {site}",
            (
                "Somebody asked {site} to send offers near you to this address, once a day at most.",
                "If it was you, press the button to confirm.",
                "Or type this code on the page you came from. It works for {code_minutes} minutes after you asked.",
            ),
            "Confirm this address",
            "If it wasn't you, do nothing: nothing else will be sent to you.",
            short="{site}: your code is {proof_code}. {link}",
        ),
        "proof_entry": Said(
            "{proof_code} is your code for {site}|Confirm your address for {site}",
            (
                "Somebody gave this address to join a sale at {site}.",
                "If it was you, press the button to confirm.",
                "Or type this code on the page you came from. It works for {code_minutes} minutes after you asked.",
            ),
            "Confirm this address",
            "If it wasn't you, do nothing: nothing else will be sent to you.",
            short="{site}: your code is {proof_code}. {link}",
        ),
    },
)
