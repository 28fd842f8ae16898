"""What owners decide alone, and what nobody else may."""

from unittest.mock import patch

from lxml import html
from odoo.addons.mail.tests.common import MockEmail
from odoo.addons.online_billing.models.accounts.account_recipient import KINDS
from odoo.tests import new_test_user, tagged

from .portal_common import PortalCase


@tagged("post_install", "-at_install")
class TestPreferences(PortalCase, MockEmail):
    def setUp(self):
        super().setUp()
        self.service = self.env["billing.portal.preferences"]
        self.people["payer"].partner_id.email = "payer@example.com"

    def save(self, name="owner", /, path="delivery", token=True, **values):
        self.enter(name)
        if token:
            text = self.url_open("/my/billing/preferences").text
            values["csrf_token"] = text.partition('name="csrf_token" value="')[2].partition('"')[0] or "none"
        answer = self.url_open(f"/my/billing/preferences/{self.account.id}/{path}", data=values, allow_redirects=False)
        self.env.invalidate_all()
        return answer

    def get_delivery(self, **changes):
        lang = self.account.partner_id.lang or "en_US"
        changes |= dict.fromkeys(KINDS, changes.pop("recipient", []))
        return {"channel": "email", "format": ["pdf", "csv"], "language": lang, **changes}

    def test_an_owner_keeps_how_documents_come(self):
        payer = self.people["payer"].partner_id
        answer = self.save(**self.get_delivery(recipient=[str(payer.id)]))
        self.assertEqual(answer.status_code, 303)
        self.assertEqual(self.account.delivery_channel, "email")
        self.assertEqual(set(self.account.document_format_ids.mapped("code")), {"pdf", "csv"})
        self.assertEqual(self.account.invoice_contact_ids, payer)

    def test_each_recipient_gets_what_is_ticked_for_them(self):
        payer, viewer = (self.people[name].partner_id for name in ("payer", "viewer"))
        viewer.email = "viewer@example.com"
        ticked = {"invoices": [str(payer.id)], "receipts": [str(viewer.id)], "debits": [str(payer.id)]}
        self.save(**self.get_delivery() | ticked)
        gets = {
            row.partner_id: {kind for kind, name in KINDS.items() if row[name]} for row in self.account.recipient_ids
        }
        self.assertEqual(gets, {payer: {"invoices", "debits"}, viewer: {"receipts"}})
        page = html.fromstring(self.url_open("/my/billing/preferences").text)
        shown = {kind: page.xpath(f"//input[@type='checkbox'][@name='{kind}'][@checked]/@value") for kind in KINDS}
        self.assertEqual(shown, {"reminders": [], **ticked})
        self.assertEqual(self.account._get_billing_recipients("reminders"), payer | viewer)
        self.save(**self.get_delivery() | {"receipts": [str(viewer.id)]})
        self.assertEqual(self.account.recipient_ids.partner_id, viewer)
        self.save(**self.get_delivery())
        self.assertFalse(self.account.recipient_ids)

    def test_a_customer_reads_the_pages_in_the_language_that_they_chose(self):
        self.env["res.lang"]._activate_lang("es_ES")
        users = self.env["res.users"].with_user(self.people["customer"])
        self.assertEqual(users.context_get()["lang"], "en_US")
        self.save("customer", **self.get_delivery(language="es_ES"))
        self.assertEqual(users.context_get()["lang"], "es_ES")

    def test_nobody_else_does(self):
        for name in ("payer", "viewer", "colleague", "stranger"):
            answer = self.save(name, **self.get_delivery())
            self.assertIn(answer.status_code, (400, 404), name)
            self.assertEqual(self.account.delivery_channel, "portal", name)

    def test_a_form_that_lacks_something_is_refused_and_nothing_typed_is_lost(self):
        payer = self.people["payer"].partner_id
        for by_customer, by_company, said in (
            (["Ada Works has no country in the address."], [], "has no country in the address. Mend that under"),
            ([], ["We have no bank account."], "for something that we have to enter"),
        ):
            lacks = patch.object(
                type(self.account), "_get_format_obstacles", lambda _self, lacks=(by_customer, by_company): lacks
            )
            with lacks:
                answer = self.save(**self.get_delivery(format=["json"], recipient=[str(payer.id)]))
                self.assertEqual(answer.status_code, 200)
                self.assertIn(said, answer.text)
                self.assertNotIn("We have no bank account", answer.text)
                form = html.fromstring(answer.text)
                chosen = {one.get("value") for one in form.xpath("//input[@name='format'][@checked]")}
                self.assertEqual(chosen, {"json"})
                self.assertTrue(form.xpath(f"//input[@name='receipts'][@value='{payer.id}'][@checked]"))
                self.assertTrue(form.xpath("//input[@name='channel'][@value='email'][@checked]"))
            self.assertEqual(self.account.delivery_channel, "portal")
            self.assertFalse(self.account.document_format_ids)

    def test_of_many_colleagues_those_who_are_chosen_stand_in_front(self):
        made = self.env["res.partner"].create(
            [
                {"name": f"C {number:02d}", "parent_id": self.account.partner_id.id, "email": "c@example.com"}
                for number in range(20)
            ]
        )
        self.account.invoice_contact_ids = made[3]
        self.env.flush_all()
        self.enter("owner")
        page = html.fromstring(self.url_open("/my/billing/preferences").text)
        behind = {int(one) for one in page.xpath("//details[@name='more_recipients']//input/@value")}
        self.assertEqual(behind & set(made.ids), set((made - made[3]).ids))
        self.assertTrue(page.xpath(f"//input[@name='invoices'][@value='{made[3].id}'][@checked]"))
        behind = page.xpath("//details[@name='more_people']//select/@name")
        self.assertIn(f"role_{made[0].id}", behind)
        self.assertNotIn(f"role_{self.people['payer'].partner_id.id}", behind)
        self.assertEqual(len(page.xpath("//select[starts-with(@name, 'role_')]")), len(behind) + 3)

    def test_what_is_chosen_already_keeps_nothing_else_from_being_saved(self):
        kinds = self.env["billing.document.format"].search([("code", "in", ("json", "pdf"))])
        self.account.document_format_ids = kinds
        lacks = patch.object(type(self.account), "_get_format_obstacles", lambda _self: (["It lacks."], []))
        with lacks:
            self.assertEqual(self.save(**self.get_delivery(format=["json"])).status_code, 303)
        self.assertEqual(self.account.delivery_channel, "email")

    def test_without_the_token_of_the_form_nothing_is_kept(self):
        self.assertEqual(self.save(token=False, **self.get_delivery()).status_code, 400)
        self.assertEqual(self.account.delivery_channel, "portal")

    def test_what_cannot_be_chosen_is_refused_and_nothing_is_kept(self):
        without = self.people["viewer"].partner_id
        without.email = False
        for changes, said in (
            ({"channel": "letter"}, "Choose how your documents"),
            ({"channel": "pigeon"}, "Choose how your documents"),
            ({"format": []}, "at least one form"),
            ({"format": ["exe"]}, "at least one form"),
            ({"language": "xx_XX"}, "one of the languages"),
            ({"recipient": [str(without.id)]}, "has no e-mail address"),
        ):
            answer = self.save(**self.get_delivery(**changes))
            self.assertIn(said, answer.text, changes)
            self.assertEqual(self.account.delivery_channel, "portal", changes)

    def test_documents_come_by_mail_only_where_somebody_has_an_address(self):
        payer, customer = self.people["payer"].partner_id, self.account.partner_id
        customer.write({"name": "Ada Works", "email": False})
        self.assertIn("Ada Works has no e-mail address", self.save(**self.get_delivery()).text)
        self.assertEqual(self.account.delivery_channel, "portal")
        self.assertEqual(self.save(**self.get_delivery(recipient=[str(payer.id)])).status_code, 303)
        self.assertIn("Ada Works has no e-mail address", self.save(**self.get_delivery()).text)
        self.assertEqual(self.account.recipient_ids.partner_id, payer)
        # where nobody had one before, nothing else is kept from being changed
        self.account.recipient_ids.unlink()
        self.assertEqual(self.save(**self.get_delivery(format=["csv"])).status_code, 303)
        self.assertEqual(self.account.document_format_ids.mapped("code"), ["csv"])

    def test_who_gets_documents_already_stays_until_they_are_taken_out(self):
        bookkeeper = self.env["res.partner"].create({"name": "Bookkeeper", "email": "books@example.com"})
        kept = bookkeeper | self.account.partner_id
        self.account.invoice_contact_ids = kept
        self.env.flush_all()
        self.enter("owner")
        page = html.fromstring(self.url_open("/my/billing/preferences").text)
        chosen = page.xpath("//input[@name='invoices'][@checked]/@value")
        self.assertEqual(set(map(int, chosen)), set(kept.ids))
        self.assertFalse(page.xpath(f"//select[@name='role_{bookkeeper.id}']"))
        self.save(**self.get_delivery(recipient=chosen))
        self.assertEqual(self.account.invoice_contact_ids, kept)
        self.save(**self.get_delivery(recipient=[str(bookkeeper.id)]))
        self.assertEqual(self.account.invoice_contact_ids, bookkeeper)

    def test_who_gets_letters_keeps_nobody_from_changing_anything_else(self):
        clerk = self.env["res.partner"].create({"name": "Without mail"})
        self.account.write({"delivery_channel": "letter", "invoice_contact_ids": clerk.ids})
        kept = self.get_delivery(channel="letter", recipient=[str(clerk.id)])
        self.assertEqual(self.save(**kept).status_code, 303)
        self.assertEqual(set(self.account.document_format_ids.mapped("code")), {"pdf", "csv"})
        self.assertIn("has no e-mail address", self.save(**{**kept, "channel": "email"}).text)
        self.assertEqual((self.account.delivery_channel, self.account.invoice_contact_ids), ("letter", clerk))

    def test_a_stranger_is_no_recipient(self):
        stranger = self.people["stranger"].partner_id
        self.save(**self.get_delivery(recipient=[str(stranger.id)]))
        self.assertFalse(self.account.invoice_contact_ids)

    def test_text_messages_are_offered_where_the_company_pays_for_them_and_a_number_is_known(self):
        self.enter("owner")
        self.assertNotIn('name="notices"', self.url_open("/my/billing/preferences").text)
        self.assertIn("tell you of debits", self.save(**self.get_delivery(notices="sms")).text)
        self.account.company_id.billing_debit_notice_channel = "sms"
        self.env.flush_all()
        self.account.partner_id.phone = False
        answer = self.save(**self.get_delivery(notices="sms"))
        self.assertIn("Nobody who is told of automatic payment has a telephone number", answer.text)
        self.assertTrue(html.fromstring(answer.text).xpath("//input[@name='notices'][@value='sms'][@checked]"))
        self.assertEqual((self.account.debit_notice_channel, self.account.delivery_channel), (False, "portal"))
        self.assertEqual(self.save(**self.get_delivery(notices="email")).status_code, 303)
        self.assertFalse(self.account.debit_notice_channel, "what was shown is no choice")
        self.account.partner_id.phone = "+1 202 555 0166"
        self.assertEqual(self.save(**self.get_delivery(notices="email")).status_code, 303)
        self.assertEqual(self.account.debit_notice_channel, "email")
        self.assertEqual(self.save(**self.get_delivery(notices="sms")).status_code, 303)
        self.assertEqual(self.account.debit_notice_channel, "sms")

    def test_a07_only_named_fields_change(self):
        before = (self.account.credit_score, self.account.note, self.account.state, self.account.partner_id)
        self.save(**self.get_delivery(credit_score="99", note="x", state="closed", partner_id="1", company_id="2"))
        after = (self.account.credit_score, self.account.note, self.account.state, self.account.partner_id)
        self.assertEqual(after, before)

    def test_an_owner_decides_who_sees_the_account(self):
        people = {name: self.people[name].partner_id.id for name in ("payer", "viewer", "colleague")}
        values = {
            f"role_{people['payer']}": "",
            f"role_{people['viewer']}": "payer",
            f"role_{people['colleague']}": "owner",
        }
        self.assertEqual(self.save(path="people", **values).status_code, 303)
        access = self.env["billing.portal.access"]
        roles = {name: access.get_role(self.people[name].partner_id, self.account) for name in people}
        self.assertEqual(roles, {"payer": None, "viewer": "payer", "colleague": "owner"})
        self.assertFalse(self.account.is_open_to_colleagues)

    def test_an_owner_chooses_what_a_link_alone_shows(self):
        self.enter("owner")
        shown = html.fromstring(self.url_open("/my/billing/preferences").text).xpath("//input[@name='link_view']")
        self.assertEqual([(one.get("value"), bool(one.get("checked"))) for one in shown],
                         [("all", True), ("amount", False), ("nothing", False)])  # fmt: skip
        roles = {f"role_{self.people['payer'].partner_id.id}": "payer"}
        self.assertEqual(self.save(path="people", is_open="1", link_view="all", **roles).status_code, 303)
        self.assertFalse(self.account.link_privacy, "what was shown is no choice")
        self.assertIn("Choose what a link", self.save(path="people", link_view="much", **roles).text)
        self.assertTrue(self.account.is_open_to_colleagues)
        self.assertEqual(self.save(path="people", is_open="1", link_view="nothing", **roles).status_code, 303)
        self.assertEqual(self.account.link_privacy, "nothing")
        for name in ("payer", "viewer", "stranger"):
            answer = self.save(name, path="people", is_open="1", link_view="all")
            self.assertIn(answer.status_code, (400, 404), name)
        self.assertEqual(self.account.link_privacy, "nothing")

    def test_whoever_loses_a_role_loses_the_links_that_they_have(self):
        links = self.env["billing.pay.links"]
        ids = (self.account.id, self.account.currency_id.id)
        people = {name: self.people[name].partner_id.id for name in ("payer", "viewer", "colleague")}
        for open_after, changes, is_turned in (
            ("1", {"viewer": "payer"}, False),
            ("1", {"viewer": "owner", "payer": "payer"}, False),
            ("1", {"viewer": "payer"}, True),
            ("1", {"payer": "nobody"}, True),
            ("1", {"payer": ""}, False),
            ("1", {"viewer": ""}, True),
            ("1", {"colleague": "viewer"}, True),
            ("", {"colleague": "viewer"}, True),  # the others had seen it
            ("", {"payer": "payer"}, False),
        ):
            token = links.get_pay_token(*ids)
            roles = {f"role_{people[name]}": role for name, role in changes.items()}
            self.assertEqual(self.save(path="people", is_open=open_after, **roles).status_code, 303)
            self.assertEqual(links.read_pay_token(token, *ids).is_turned, is_turned, (open_after, changes))

    def test_one_colleague_sees_nothing_where_all_others_do(self):
        people = {name: self.people[name].partner_id for name in ("payer", "viewer", "colleague")}
        values = {f"role_{people['payer'].id}": "", f"role_{people['viewer'].id}": "nobody"}
        self.assertEqual(self.save(path="people", is_open="1", **values).status_code, 303)
        access = self.env["billing.portal.access"]
        roles = {name: access.get_role(person, self.account) for name, person in people.items()}
        self.assertEqual(roles, {"payer": "payer", "viewer": None, "colleague": "payer"})
        self.subscribe(self.account, self.plan, "2026-01-01")
        self.bill(self.account, "2026-04-01")
        self.env.flush_all()
        move = self.account.move_ids[:1]
        self.assertTrue(move)
        for name, count in (("viewer", 0), ("payer", 1), ("colleague", 1)):
            found = self.env["account.move"].with_user(self.people[name]).search([("id", "=", move.id)])
            self.assertEqual(len(found), count, name)

    def test_numbers_that_no_form_has_do_no_harm(self):
        people = self.people["payer"].partner_id.id
        answer = self.save(path="people", **{f"role_00{people}": "viewer", "role_": "owner", "role_x": "owner"})
        self.assertEqual(answer.status_code, 303)
        self.assertEqual(
            self.env["billing.portal.access"].get_role(self.people["payer"].partner_id, self.account), "viewer"
        )

    def test_nobody_makes_themselves_an_owner(self):
        viewer = self.people["viewer"].partner_id
        answer = self.save("viewer", path="people", **{f"role_{viewer.id}": "owner"})
        self.assertIn(answer.status_code, (400, 404))
        self.assertEqual(self.env["billing.portal.access"].get_role(viewer, self.account), "viewer")

    def test_somebody_who_can_log_in_stays_an_owner(self):
        owner, payer = (self.people[name].partner_id for name in ("owner", "payer"))
        self.people["customer"].active = False
        answer = self.save(path="people", **{f"role_{owner.id}": "viewer"})
        self.assertIn("has to stay an owner", answer.text)
        roles = {member.partner_id: member.role for member in self.account.member_ids}
        self.assertEqual(roles[owner], "owner")
        self.assertEqual(
            self.save(path="people", **{f"role_{owner.id}": "viewer", f"role_{payer.id}": "owner"}).status_code, 303
        )
        roles = {member.partner_id: member.role for member in self.account.member_ids}
        self.assertEqual((roles[owner], roles[payer]), ("viewer", "owner"))

    def test_two_contacts_who_become_one_keep_their_role_on_every_account(self):
        payer, viewer = (self.people[name].partner_id for name in ("payer", "viewer"))
        other = self.make_account("Ada again", partner_id=self.account.partner_id.id)
        self.env["billing.account.member"].create({"account_id": other.id, "partner_id": viewer.id, "role": "owner"})
        self.people["viewer"].unlink()
        self.env["base.partner.merge.automatic.wizard"].create({})._merge(
            (payer | viewer).ids, payer, extra_checks=False
        )
        self.env.invalidate_all()
        roles = {account: account.member_ids.filtered(lambda row: row.partner_id == payer).role for account in
                 self.account | other}  # fmt: skip
        self.assertEqual(roles, {self.account: "payer", other: "owner"})

    # -- inviting -----------------------------------------------------------------------------------------------------

    def invite(self, visitor="owner", /, **values):
        """Invite somebody; return the answer, and the mails that left."""
        with self.mock_mail_gateway():
            answer = self.save(
                visitor, "invite", **{"name": "Zoe", "email": "zoe@example.com", "role": "viewer"} | values
            )
        return answer, self._mails

    def get_user(self, login):
        return self.env["res.users"].with_context(active_test=False).search([("login", "=", login)])

    def get_role(self, user):
        return self.env["billing.portal.access"].get_role(user.partner_id, self.account)

    def test_an_owner_invites_a_colleague_who_logs_in_by_the_link(self):
        answer, mails = self.invite(name="Zoe Zed", email=" Zoe@Example.com ")
        self.assertIn("invited=mailed", answer.headers["Location"])
        user = self.get_user("zoe@example.com")
        self.assertEqual((user.partner_id.name, user.partner_id.type), ("Zoe Zed", "contact"))
        self.assertEqual(user.partner_id.parent_id, self.account.partner_id)
        self.assertTrue(user._is_portal())
        self.assertEqual(self.get_role(user), "viewer")
        [mail] = mails
        self.assertIn("zoe@example.com", mail["email_to"][0])
        links = html.fromstring(mail["body"]).xpath("//a[contains(@href, 'token=')]/@href")
        self.assertTrue(links)
        self.authenticate(None, None)
        page = html.fromstring(self.url_open(links[0]).text)
        form = {one.get("name"): one.get("value") or "" for one in page.xpath("//form//input[@name]")}
        form |= {"password": "a long enough password", "confirm_password": "a long enough password"}
        self.url_open(links[0], data=form)
        self.assertIn(self.account.name, self.url_open("/my/billing").text)

    def test_who_never_came_is_mailed_again_and_who_can_log_in_gets_the_role_alone(self):
        self.invite()
        answer, mails = self.invite(role="payer")
        self.assertIn("invited=mailed", answer.headers["Location"])
        self.assertEqual(len(mails), 1)
        user = self.get_user("zoe@example.com")
        self.assertEqual((len(user), self.get_role(user)), (1, "payer"))
        self.env["res.users.log"].with_user(user).sudo().create({})
        answer, mails = self.invite(role="viewer")
        self.assertIn("invited=known", answer.headers["Location"])
        self.assertEqual((len(mails), self.get_role(user)), (0, "viewer"))

    def test_a_contact_with_the_address_is_taken(self):
        contact = self.env["res.partner"].create(
            {"name": "Zoe at home", "email": "ZOE@example.com", "parent_id": self.account.partner_id.id}
        )
        stranger = self.env["res.partner"].create({"name": "Other Zoe", "email": "zoe@example.com"})
        self.invite(name="")
        self.assertEqual(self.get_user("zoe@example.com").partner_id, contact)
        self.assertFalse(stranger.user_ids)

    def test_who_logs_in_for_somebody_else_is_not_invited(self):
        stranger = self.people["stranger"]
        stranger.login = "stranger@example.com"
        closed = new_test_user(
            self.env, "closed@example.com", "base.group_portal",
            partner_id=self.env["res.partner"].create(
                {"name": "Closed", "email": "closed@example.com", "parent_id": self.account.partner_id.id}).id,
        )  # fmt: skip
        closed.active = False
        staff = new_test_user(self.env, "staff@example.com", "base.group_user")
        self.account.partner_id.email = "firm@example.com"
        self.env.flush_all()
        before = self.env["res.partner"].search_count([])
        for changes, said in (
            ({"email": stranger.login}, "somebody logs in with this address already"),
            ({"email": closed.login}, "somebody logs in with this address already"),
            ({"email": staff.login}, "somebody logs in with this address already"),
            ({"email": "firm@example.com"}, "who decides here anyway"),
            ({"email": "nobody"}, "one whole e-mail address"),
            ({"email": "a@example.com, b@example.com"}, "one whole e-mail address"),
            ({"role": "nobody"}, "one of the roles"),
            ({"role": "king"}, "one of the roles"),
            ({"name": ""}, "the name of the person"),
            ({"name": "Win now: https://bad.example"}, "the name of the person"),
        ):
            answer, mails = self.invite(**changes)
            self.assertEqual((answer.status_code, len(mails)), (200, 0), changes)
            page = html.fromstring(answer.text)
            self.assertIn(said, page.xpath("//form[@id='invite']//*[@role='alert']")[0].text_content(), changes)
            self.assertEqual(
                page.xpath("//input[@id='invite_email']/@value"), [changes.get("email", "zoe@example.com")]
            )
        self.assertEqual(self.env["res.partner"].search_count([]), before)
        self.assertEqual(len(self.account.member_ids), 3)
        self.assertFalse(closed.active)
        self.assertEqual(stranger.partner_id.commercial_partner_id, self.foreign_account.partner_id)

    def test_owners_alone_invite_and_not_without_end(self):
        for name in ("payer", "viewer", "colleague", "stranger"):
            self.assertIn(self.invite(name)[0].status_code, (400, 404), name)
        self.assertFalse(self.get_user("zoe@example.com"))
        self.switch_limits_on()
        inviting = self.registry["billing.portal.inviting"]
        with patch.object(inviting, "invite", lambda *_args: "known"):
            statuses = [self.invite()[0].status_code for _number in range(11)]
            self.assertEqual(statuses, [303] * 10 + [429])
            self.assertEqual(self.invite("customer")[0].status_code, 429, "they invite for the same firm")
