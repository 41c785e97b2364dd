"""Letters in Portuguese. A sentence is left out when a field that it names is missing."""

from engine.messages.letters.said import Language, Said

PORTUGUESE = Language(
    hello="Olá, {name},",
    hello_all="Olá,",
    link_s="O link vale por {time}.",
    by_hand="Se o botão não funcionar, abra este endereço:",
    foot="{site} escreve em nome de {organizer}. Ninguém lê as respostas."
    "|{site} escreve porque aconteceu algo que envolve este endereço. Ninguém lê as respostas.",
    stop="Não quero mais ofertas",
    choose="Escolher o que recebo",
    minutes=("{n} minuto", "{n} minutos"),
    hours=("{n} hora", "{n} horas"),
    days=("{n} dia", "{n} dias"),
    instant="{day} de {month} de {year}, {clock} UTC",
    months="janeiro fevereiro março abril maio junho julho agosto setembro outubro novembro dezembro",
    facts={
        "at": "Quando",
        "device": "Dispositivo",
        "place": "Onde",
        "network": "Rede",
        "label": "Chave",
        "act": "O quê",
        "subject": "Sobre",
        "starts": "Quando",
        "offered_until": "Até",
        "venue": "Onde",
        "code": "Código de compra",
        "proof_code": "Código",
    },
    changes={
        "totp_added": "Um aplicativo de códigos foi adicionado.",
        "totp_removed": "O aplicativo de códigos foi removido.",
        "passkey_added": "Uma chave de acesso foi adicionada.",
        "passkey_removed": "Uma chave de acesso foi removida.",
        "recovery_made": "Novos códigos de recuperação foram criados; os antigos não valem mais.",
        "recovery_used": "Um código de recuperação foi usado; ele não vale mais.",
        "outside_added": "O acesso com outro fornecedor foi associado.",
        "outside_removed": "O acesso com outro fornecedor foi desassociado.",
    },
    roles={
        "owner": "proprietário",
        "manager": "gerente",
        "editor": "editor",
        "publisher": "publicador",
        "venue_manager": "gerente de local",
        "box_office": "bilheteria",
        "marketing": "marketing",
        "finance": "financeiro",
        "gate": "portaria",
        "analyst": "analista",
        "auditor": "auditor",
    },
    letters={
        "verify": Said(
            "Confirme seu e-mail para {site}",
            (
                "Alguém, provavelmente você, se cadastrou em {site} com este endereço.",
                "Aperte o botão para confirmar que ele é seu.",
            ),
            "Confirmar meu endereço",
            "Se não foi você, não faça nada: sem este passo ninguém consegue usar a conta.",
        ),
        "registered_already": Said(
            "Você já tem uma conta em {site}",
            (
                "Alguém, provavelmente você, tentou se cadastrar em {site} com este endereço, que já tem uma conta.",
                "Entre como sempre. Se esqueceu a senha, você pode escolher outra na página de entrada.",
            ),
            "Ir para a página de entrada",
            "Se não foi você, não faça nada: ninguém entrou, e ninguém ficou sabendo que você tem uma conta.",
        ),
        "reset": Said(
            "Escolha uma nova senha para {site}",
            (
                "Alguém, provavelmente você, pediu uma nova senha para a sua conta em {site}.",
                "Aperte o botão para escolhê-la. Até lá, a antiga continua valendo.",
            ),
            "Escolher uma nova senha",
            "Se não foi você, não faça nada: sua senha continua a mesma. Não encaminhe esta mensagem.",
        ),
        "password_changed": Said(
            "Sua senha de {site} foi alterada",
            ("A senha da sua conta em {site} foi alterada. Se foi você, não é preciso fazer nada.",),
            "Ir para a minha conta",
            "Se não foi você, escolha outra senha agora mesmo com “Esqueci minha senha” na página de entrada.",
        ),
        "email_change": Said(
            "Confirme seu novo e-mail para {site}",
            (
                "Uma conta de {site} passará a ter este endereço.",
                "Aperte o botão para confirmar que ele é seu. Até lá, o antigo continua valendo.",
            ),
            "Confirmar este endereço",
            "Se não foi você, não faça nada: a conta mantém o endereço antigo.",
        ),
        "email_changed": Said(
            "Seu e-mail em {site} foi alterado",
            (
                "Sua conta em {site} agora tem outro endereço de e-mail. Não escreveremos mais para este.",
                "O novo endereço é {email}.",
                "Se foi você, não é preciso fazer nada.",
            ),
            "Ir para a minha conta",
            "Se não foi você, outra pessoa entrou na sua conta: peça ajuda agora mesmo a quem cuida de {site}.",
        ),
        "new_login": Said(
            "Novo acesso à sua conta em {site}",
            (
                "Alguém entrou na sua conta de {site} de um dispositivo ou lugar que não conhecíamos.",
                "Se foi você, não é preciso fazer nada.",
            ),
            "Ver minhas sessões",
            "Se não foi você, encerre essa sessão e escolha outra senha agora mesmo.",
        ),
        "invitation": Said(
            "{organizer} convida você para {site}",
            (
                "Você recebeu um convite para trabalhar com {organizer} em {site}.",
                "Quem convida é {inviter}.",
                "Sua função: {roles}.",
                "Aperte o botão para ver o que ele permite fazer e aceitar ou não.",
            ),
            "Ver o convite",
            "Se você não conhece {organizer}, não faça nada: nada acontece sem o seu aceite.",
        ),
        "second_factor_changed": Said(
            "Sua forma de entrar em {site} foi alterada",
            (
                "Uma segunda etapa para entrar na sua conta de {site} foi alterada.",
                "{what}",
                "Se foi você, não é preciso fazer nada.",
            ),
            "Ir para a minha conta",
            "Se não foi você, escolha outra senha agora mesmo e veja o que a sua conta tem.",
        ),
        "account_closed": Said(
            "Sua conta em {site} foi encerrada",
            (
                "Sua conta em {site} foi encerrada, e ninguém mais pode entrar nela.",
                "Os ingressos que você comprou continuam valendo.",
            ),
            "Ir para {site}",
            "Se não foi você, peça ajuda agora mesmo a quem cuida de {site}.",
        ),
        "key_expires": Said(
            "Uma chave de API vence em breve: {label}|Uma chave de API vence em breve",
            (
                "Uma chave de API de {organizer} em {site} vence em breve. O que a usa vai parar de funcionar."
                "|Uma chave de API de {site} vence em breve. O que a usa vai parar de funcionar.",
                "Crie outra no escritório, em Configurações, e troque a antiga por ela.",
            ),
            "Ir para as chaves",
            "Se nada mais usa a chave, não faça nada: ela vence sozinha.",
        ),
        "approval_wanted": Said(
            "{asked_by} pede a sua aprovação|Pedem a sua aprovação",
            (
                "Algo vai ser feito para {organizer} que precisa de uma segunda pessoa."
                "|Algo vai ser feito em {site} que precisa de uma segunda pessoa.",
                "Quem pediu foi {asked_by}.",
                "Veja o pedido e aprove ou recuse. Sem você, nada será feito.",
            ),
            "Ver o pedido",
            "Se não quiser decidir, não faça nada: outros podem, ou o pedido termina sozinho.",
        ),
        "order_confirmed": Said(
            "Seu pedido em {store}: {product}|Seus ingressos: {event}|Seu pedido {code}",
            (
                "Obrigado. {product} está pago e espera por você em {store}. Mostre lá o código em anexo."
                "|Obrigado. Seus ingressos para {event} estão pagos. Seguem em anexo, com um arquivo para a sua agenda."
                "|Obrigado. Seu pedido está pago.",
                "Para entrar em {event}, mostre o código de cada ingresso, no celular ou em papel. "
                "Cada um vale para uma pessoa.",
                "Reembolsos: {refund_rule}",
                "O navegador em que você comprou abre o pedido; qualquer outro pede o código de compra e a senha dos "
                "ingressos.",
            ),
            "Abrir o pedido",
            "Se você não comprou nada, alguém digitou errado o próprio endereço: apague esta mensagem, por favor. "
            "Quem a tem, tem os ingressos.",
        ),
        "order_key_reset": Said(
            "Escolha uma nova senha para o pedido {code}",
            (
                "Alguém, provavelmente você, pediu uma nova senha para os ingressos do pedido {code}.",
                "Toque no botão para escolher uma. Até lá vale a anterior.",
            ),
            "Escolher uma nova senha",
            "Se não foi você, não faça nada: a senha continua a mesma. Não repasse esta mensagem.",
        ),
        "order_key_changed": Said(
            "A senha do pedido {code} foi trocada",
            ("A senha dos ingressos do pedido {code} foi trocada. Se foi você, não há nada a fazer.",),
            "Ir ao pedido",
            "Se não foi você, outra pessoa lê esta caixa de entrada. Troque primeiro a senha do e-mail e depois a dos "
            "ingressos: a página do pedido envia um link.",
        ),
        "offer": Said(
            "{product} em {store} por {price}",
            (
                "Até às {ends} você leva {product} em {store} por {price} em vez de {regular}. Fica a {distance}."
                "|Até às {ends} você leva {product} em {store} por {price} em vez de {regular}."
                "|Até às {ends} você leva {product} em {store} por {price}.",
                "São {stock} no total. O que você põe no carrinho fica reservado por um minuto.",
            ),
            "Ver a oferta",
            "",
            why="Você recebe esta mensagem porque pediu para saber de ofertas por perto, no máximo uma vez por dia.",
            short="{product} em {store}: {price} até às {ends}. {link}",
        ),
        "proof_offers": Said(
            "Confirme que você quer ofertas de {site}",
            (
                "Alguém pediu a {site} ofertas por perto neste endereço, no máximo uma vez por dia.",
                "Se foi você, aperte o botão para confirmar.",
                "Ou digite este código na página de onde você veio. "
                "Ele vale por {code_minutes} minutos a partir do pedido.",
            ),
            "Confirmar este endereço",
            "Se não foi você, não faça nada: nada mais será enviado.",
            short="{site}: seu código é {proof_code}. {link}",
        ),
        "proof_entry": Said(
            "{proof_code} é o seu código para {site}|Confirme o seu endereço para {site}",
            (
                "Alguém deu este endereço para entrar em uma venda de {site}.",
                "Se foi você, aperte o botão para confirmar.",
                "Ou digite este código na página de onde você veio. "
                "Ele vale por {code_minutes} minutos a partir do pedido.",
            ),
            "Confirmar este endereço",
            "Se não foi você, não faça nada: nada mais será enviado.",
            short="{site}: seu código é {proof_code}. {link}",
        ),
    },
)
