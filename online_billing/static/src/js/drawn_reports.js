import { _t } from "@web/core/l10n/translation";
import { download } from "@web/core/network/download";
import { rpc } from "@web/core/network/rpc";
import { registry } from "@web/core/registry";
import { user } from "@web/core/user";

const DRAWN_REPORTS = [
    "account.report_invoice_with_payments",
    "account.report_invoice",
    "account.report_payment_receipt",
];

/**
 * The web client shows reports as HTML where wkhtmltopdf is missing. Invoices and receipts that the server draws by
 * itself are fetched as PDF all the same.
 */
async function downloadDrawnReport(action, options, env) {
    const ids = action.context?.active_ids || [];
    if (action.report_type !== "qweb-pdf" || !DRAWN_REPORTS.includes(action.report_name) || !ids.length || Object.keys(action.data || {}).length) {
        return false;
    }
    const drawn = await rpc("/web/dataset/call_kw/ir.actions.report/is_billing_drawn", {
        model: "ir.actions.report",
        method: "is_billing_drawn",
        args: [action.report_name, ids],
        kwargs: {},
    });
    if (!drawn) {
        return false;
    }
    env.services.ui.block({ message: _t("The PDF is being made.") });
    try {
        await download({
            url: "/report/download",
            data: {
                data: JSON.stringify([`/report/pdf/${action.report_name}/${ids.join(",")}`, "qweb-pdf"]),
                context: JSON.stringify({ ...user.context, ...action.context }),
            },
        });
    } finally {
        env.services.ui.unblock();
    }
    return true;
}

registry.category("ir.actions.report handlers").add("billing_drawn_reports", downloadDrawnReport);
