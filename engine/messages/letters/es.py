"""Letters in Spanish. A sentence is left out when a field that it names is missing."""

from engine.messages.letters.said import Language, Said

SPANISH = Language(
    hello="Hola, {name}:",
    hello_all="Hola:",
    link_s="El enlace funciona durante {time}.",
    by_hand="Si el botón no funciona, abre esta dirección:",
    foot="{site} te escribe de parte de {organizer}. Nadie lee las respuestas."
    "|{site} te escribe porque ha pasado algo relacionado con esta dirección. Nadie lee las respuestas.",
    stop="No quiero más ofertas",
    choose="Elegir lo que recibo",
    minutes=("{n} minuto", "{n} minutos"),
    hours=("{n} hora", "{n} horas"),
    days=("{n} día", "{n} días"),
    instant="{day} de {month} de {year}, {clock} UTC",
    months="enero febrero marzo abril mayo junio julio agosto septiembre octubre noviembre diciembre",
    facts={
        "at": "Cuándo",
        "device": "Dispositivo",
        "place": "Dónde",
        "network": "Red",
        "label": "Clave",
        "act": "Qué",
        "subject": "Sobre",
        "starts": "Cuándo",
        "offered_until": "Hasta",
        "venue": "Dónde",
        "code": "Código de compra",
        "proof_code": "Código",
    },
    changes={
        "totp_added": "Se añadió una aplicación de códigos.",
        "totp_removed": "Se quitó la aplicación de códigos.",
        "passkey_added": "Se añadió una llave de acceso.",
        "passkey_removed": "Se quitó una llave de acceso.",
        "recovery_made": "Se crearon códigos de recuperación nuevos; los anteriores ya no sirven.",
        "recovery_used": "Se usó un código de recuperación; no volverá a servir.",
        "outside_added": "Se vinculó el acceso con otro proveedor.",
        "outside_removed": "Se desvinculó el acceso con otro proveedor.",
    },
    roles={
        "owner": "propietario",
        "manager": "gerente",
        "editor": "editor",
        "publisher": "publicador",
        "venue_manager": "responsable de recinto",
        "box_office": "taquilla",
        "marketing": "marketing",
        "finance": "finanzas",
        "gate": "acceso",
        "analyst": "analista",
        "auditor": "auditor",
    },
    letters={
        "verify": Said(
            "Confirma tu correo para {site}",
            (
                "Alguien, seguramente tú, se registró en {site} con esta dirección.",
                "Pulsa el botón para confirmar que es tuya.",
            ),
            "Confirmar mi dirección",
            "Si no fuiste tú, no hagas nada: sin este paso nadie puede usar la cuenta.",
        ),
        "registered_already": Said(
            "Ya tienes una cuenta en {site}",
            (
                "Alguien, seguramente tú, intentó registrarse en {site} con esta dirección, que ya tiene una cuenta.",
                "Entra como siempre. Si olvidaste tu contraseña, puedes elegir otra en la página de acceso.",
            ),
            "Ir a la página de acceso",
            "Si no fuiste tú, no hagas nada: nadie ha entrado y a nadie se le ha dicho que tienes una cuenta.",
        ),
        "reset": Said(
            "Elige una contraseña nueva para {site}",
            (
                "Alguien, seguramente tú, pidió una contraseña nueva para tu cuenta en {site}.",
                "Pulsa el botón para elegirla. Hasta entonces sigue valiendo la anterior.",
            ),
            "Elegir una contraseña nueva",
            "Si no fuiste tú, no hagas nada: tu contraseña sigue igual. No reenvíes este mensaje.",
        ),
        "password_changed": Said(
            "Se cambió tu contraseña de {site}",
            ("Se cambió la contraseña de tu cuenta en {site}. Si fuiste tú, no tienes que hacer nada.",),
            "Ir a mi cuenta",
            "Si no fuiste tú, elige otra contraseña ahora mismo con «Olvidé mi contraseña» en la página de acceso.",
        ),
        "email_change": Said(
            "Confirma tu nuevo correo para {site}",
            (
                "Una cuenta de {site} va a tener esta dirección a partir de ahora.",
                "Pulsa el botón para confirmar que es tuya. Hasta entonces sigue valiendo la anterior.",
            ),
            "Confirmar esta dirección",
            "Si no fuiste tú, no hagas nada: la cuenta conserva su dirección anterior.",
        ),
        "email_changed": Said(
            "Se cambió tu correo en {site}",
            (
                "Tu cuenta en {site} tiene ahora otra dirección de correo. Ya no escribiremos a esta.",
                "La nueva dirección es {email}.",
                "Si fuiste tú, no tienes que hacer nada.",
            ),
            "Ir a mi cuenta",
            "Si no fuiste tú, otra persona entró en tu cuenta: pide ayuda ahora mismo a quien gestiona {site}.",
        ),
        "new_login": Said(
            "Nuevo acceso a tu cuenta en {site}",
            (
                "Alguien entró en tu cuenta de {site} desde un dispositivo o un lugar que no conocíamos.",
                "Si fuiste tú, no tienes que hacer nada.",
            ),
            "Ver mis sesiones",
            "Si no fuiste tú, cierra esa sesión y elige otra contraseña ahora mismo.",
        ),
        "invitation": Said(
            "{organizer} te invita a {site}",
            (
                "Tienes una invitación para trabajar con {organizer} en {site}.",
                "La envía {inviter}.",
                "Tu función: {roles}.",
                "Pulsa el botón para ver qué te permite hacer y aceptarla o no.",
            ),
            "Ver la invitación",
            "Si no conoces a {organizer}, no hagas nada: no pasa nada si no la aceptas.",
        ),
        "second_factor_changed": Said(
            "Se cambió tu forma de entrar en {site}",
            (
                "Se cambió un segundo paso para entrar en tu cuenta de {site}.",
                "{what}",
                "Si fuiste tú, no tienes que hacer nada.",
            ),
            "Ir a mi cuenta",
            "Si no fuiste tú, elige otra contraseña ahora mismo y revisa qué tiene tu cuenta.",
        ),
        "account_closed": Said(
            "Tu cuenta en {site} está cerrada",
            (
                "Tu cuenta en {site} se cerró y ya nadie puede entrar en ella.",
                "Las entradas que compraste siguen valiendo.",
            ),
            "Ir a {site}",
            "Si no fuiste tú, pide ayuda ahora mismo a quien gestiona {site}.",
        ),
        "key_expires": Said(
            "Una clave de API caduca pronto: {label}|Una clave de API caduca pronto",
            (
                "Una clave de API de {organizer} en {site} caduca pronto. Lo que la usa dejará de funcionar."
                "|Una clave de API de {site} caduca pronto. Lo que la usa dejará de funcionar.",
                "Crea otra en la oficina, en Ajustes, y ponla en lugar de la anterior.",
            ),
            "Ir a las claves",
            "Si ya nada usa la clave, no hagas nada: caduca sola.",
        ),
        "approval_wanted": Said(
            "{asked_by} pide tu aprobación|Se pide tu aprobación",
            (
                "Se va a hacer algo para {organizer} que necesita a una segunda persona."
                "|Se va a hacer algo en {site} que necesita a una segunda persona.",
                "Lo pidió {asked_by}.",
                "Míralo y apruébalo o recházalo. Sin ti no se hará.",
            ),
            "Verlo",
            "Si no quieres decidir, no hagas nada: pueden hacerlo otros, o la petición termina sola.",
        ),
        "order_confirmed": Said(
            "Tu pedido en {store}: {product}|Tus entradas: {event}|Tu pedido {code}",
            (
                "Gracias. {product} está pagado y te espera en {store}. Enseña allí el código adjunto."
                "|Gracias. Tus entradas para {event} están pagadas. Van adjuntas, con un archivo para tu calendario."
                "|Gracias. Tu pedido está pagado.",
                "Para entrar en {event}, enseña el código de cada entrada, en el móvil o en papel. "
                "Cada una vale para una persona.",
                "Devoluciones: {refund_rule}",
                "El navegador con el que compraste abre el pedido; cualquier otro pide el código de compra y la "
                "contraseña de las entradas.",
            ),
            "Abrir el pedido",
            "Si no has comprado nada, alguien escribió mal su dirección: borra este mensaje, por favor. "
            "Quien lo tiene, tiene las entradas.",
        ),
        "order_key_reset": Said(
            "Elige una contraseña nueva para el pedido {code}",
            (
                "Alguien, seguramente tú, pidió una contraseña nueva para las entradas del pedido {code}.",
                "Pulsa el botón para elegirla. Hasta entonces vale la anterior.",
            ),
            "Elegir una contraseña nueva",
            "Si no fuiste tú, no hagas nada: la contraseña no cambia. No reenvíes este mensaje.",
        ),
        "order_key_changed": Said(
            "Se cambió la contraseña del pedido {code}",
            ("Se cambió la contraseña de las entradas del pedido {code}. Si fuiste tú, no hay nada que hacer.",),
            "Ir al pedido",
            "Si no fuiste tú, alguien más lee este buzón. Cambia primero la contraseña del correo y luego la de las "
            "entradas: la página del pedido te envía un enlace.",
        ),
        "offer": Said(
            "{product} en {store} por {price}",
            (
                "Hasta las {ends} tienes {product} en {store} por {price} en vez de {regular}. Está a {distance}."
                "|Hasta las {ends} tienes {product} en {store} por {price} en vez de {regular}."
                "|Hasta las {ends} tienes {product} en {store} por {price}.",
                "Hay {stock} en total. Lo que pongas en el carrito queda reservado un minuto.",
            ),
            "Ver la oferta",
            "",
            why="Recibes este mensaje porque pediste enterarte de ofertas cerca de ti, como mucho una vez al día.",
            short="{product} en {store}: {price} hasta las {ends}. {link}",
        ),
        "proof_offers": Said(
            "Confirma que quieres ofertas de {site}",
            (
                "Alguien pidió a {site} ofertas cercanas en esta dirección, como mucho una vez al día.",
                "Si fuiste tú, pulsa el botón para confirmarlo.",
                "O escribe este código en la página de la que vienes. "
                "Funciona durante los {code_minutes} minutos siguientes a pedirlo.",
            ),
            "Confirmar esta dirección",
            "Si no fuiste tú, no hagas nada: no se te enviará nada más.",
            short="{site}: tu código es {proof_code}. {link}",
        ),
        "proof_entry": Said(
            "{proof_code} es tu código para {site}|Confirma tu dirección para {site}",
            (
                "Alguien dio esta dirección para entrar en una venta de {site}.",
                "Si fuiste tú, pulsa el botón para confirmarlo.",
                "O escribe este código en la página de la que vienes. "
                "Funciona durante los {code_minutes} minutos siguientes a pedirlo.",
            ),
            "Confirmar esta dirección",
            "Si no fuiste tú, no hagas nada: no se te enviará nada más.",
            short="{site}: tu código es {proof_code}. {link}",
        ),
    },
)
