import { registry } from "@web/core/registry";
import { standardFieldProps } from "@web/views/fields/standard_field_props";
import { Component, onWillUnmount, useEffect, useState } from "@odoo/owl";

/**
 * A PDF that the server has just made and stored nowhere: shown anew whenever the form has changed it.
 */
export class BillingPdf extends Component {
    static template = "online_billing.BillingPdf";
    static props = { ...standardFieldProps };

    setup() {
        this.state = useState({ address: "" });
        useEffect(
            (content) => this.show(content),
            () => [this.props.record.data[this.props.name]]
        );
        onWillUnmount(() => this.forget());
    }

    show(content) {
        this.forget();
        if (content) {
            const bytes = Uint8Array.from(atob(content), (letter) => letter.charCodeAt(0));
            this.url = URL.createObjectURL(new Blob([bytes], { type: "application/pdf" }));
        }
        this.state.address = this.url ? `/web/static/lib/pdfjs/web/viewer.html?file=${encodeURIComponent(this.url)}#zoom=page-width&pagemode=none` : "";
    }

    forget() {
        if (this.url) {
            URL.revokeObjectURL(this.url);
            this.url = "";
        }
    }
}

registry.category("fields").add("billing_pdf", { component: BillingPdf, supportedTypes: ["text"] });
