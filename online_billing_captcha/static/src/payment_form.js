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

    async _initiatePaymentFlow() {
        if (this.paymentContext.billingCaptcha) {
            this.billingCaptchaToken = await this.waitFor(this._getBillingCaptchaToken());
        }
        return await super._initiatePaymentFlow(...arguments);
    },

    _prepareTransactionRouteParams() {
        const params = super._prepareTransactionRouteParams();
        if (this.billingCaptchaToken) {
            params.recaptcha_token_response = this.billingCaptchaToken;
            this.billingCaptchaToken = undefined; // it is good once
        }
        return params;
    },

    /** Return a token that is just for this payment; undefined where Google is blocked, or silent for too long. */
    async _getBillingCaptchaToken() {
        const captcha = new ReCaptcha();
        const getToken = async () => {
            await captcha.loadLibs();
            return (await captcha.getToken(this.paymentContext.billingCaptcha)).token;
        };
        let timer;
        const silence = new Promise((resolve) => (timer = setTimeout(resolve, PATIENCE)));
        try {
            return await Promise.race([getToken(), silence]);
        } catch {
            return undefined;
        } finally {
            clearTimeout(timer);
        }
    },
});
