"""The picture of the models shows each of them once, in the panel of its domain, and each tie."""

from lxml import etree

from tools import picture

MODELS = {
    "billing.code": {"domain": "catalogue", "title": "Billing Code", "ties": ["product.product"]},
    "billing.charge": {"domain": "charges", "title": "Charge & more", "ties": ["billing.code", "billing.run"]},
    "billing.run": {"domain": "billing", "title": "Run", "ties": []},
    "billing.wallet": {"domain": "usage", "title": "Wallet", "ties": ["billing.charge"]},
    "product.product": {"domain": "odoo", "title": "Product", "ties": []},
}


def test_every_model_and_every_tie_is_drawn_once():
    root = etree.fromstring(picture.draw(MODELS))
    texts = ["".join(element.itertext()) for element in root.findall(".//{*}text")]
    for name, model in MODELS.items():
        assert texts.count(model["title"] + name) == 1
    assert {"catalogue", "charges", "billing", "usage", "Odoo"} <= set(texts)
    assert len(root.findall("{*}g")) == sum(len(model["ties"]) for model in MODELS.values())


def test_models_do_not_lie_on_one_another():
    places, _panels, height = picture._lay_out(MODELS)
    assert len(set(places.values())) == len(MODELS)
    assert all(top + picture.ROW < height for _left, top, _column in places.values())


def test_the_answer_of_the_shell_is_read():
    assert picture.read_models(["a warning", 'MODELS {"billing.run": {}}']) == {"billing.run": {}}
