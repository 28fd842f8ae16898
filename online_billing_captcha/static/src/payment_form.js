import { patch } from "@web/core/utils/patch";

import { ReCaptcha } from "@google_recaptcha/js/recaptcha";
import { PaymentForm } from "@payment/interactions/payment_form";

/** So many milliseconds a payer waits at most for Google to answer. */
const PATIENCE = 10000;

/** A form that has to brings along a token of reCAPTCHA. Who brings none is told by the server what to do. */
patch(PaymentForm.prototype, {
    setup() {
        super.setup();
        if (this.paymentContext.billingCaptcha) {
            // it judges by what is done on the page; one that cannot be loaded is tried again with the payment
            Promise.resolve(new ReCaptcha().loadLibs()).catch(() => {});
        }
    },

    async submitForm(ev) {
        if (this.paymentContext.billingCaptcha) {
            // as Odoo does before it waits for anything
            ev.stopPropagation();
            ev.preventDefault();
            this._disableButton(true);
            // here and not later: forms of some providers go on in their own way
            this.billingCaptcha = await this.waitFor(this._askBillingCaptcha());
        }
        return await super.submitForm(...arguments);
    },

    /** Providers with a button of their own begin here. */
    async _initiatePaymentFlow() {
        if (this.paymentContext.billingCaptcha && !this.billingCaptcha) {
            this.billingCaptcha = await this.waitFor(this._askBillingCaptcha());
        }
        return await super._initiatePaymentFlow(...arguments);
    },

    _prepareTransactionRouteParams() {
        const params = super._prepareTransactionRouteParams();
        if (this.billingCaptcha?.token) {
            params.recaptcha_token_response = this.billingCaptcha.token;
        }
        this.billingCaptcha = undefined; // it is good once
        return params;
    },

    /** Return {token} that is just for this payment, an empty object where Google is blocked or silent for too long. */
    async _askBillingCaptcha() {
        const captcha = new ReCaptcha();
        const ask = async () => {
            await captcha.loadLibs();
            return await captcha.getToken(this.paymentContext.billingCaptcha);
        };
        let timer;
        const silence = new Promise((resolve) => (timer = setTimeout(() => resolve({}), PATIENCE)));
        try {
            return await Promise.race([ask(), silence]);
        } catch {
            return {};
        } finally {
            clearTimeout(timer);
        }
    },
});
