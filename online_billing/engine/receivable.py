"""What is open: credits taken off what is owed, the oldest first.

Amounts are signed: what is owed is positive, a credit or a payment that settles nothing yet is negative. The order of
the sequence is the order in which it is due; whoever calls has sorted it.
"""


def net_open(amounts):
    """Take credits off what is owed, oldest first.

    :param amounts: sequence of signed Decimals in due order
    :return: tuple of Decimals in the same order: what is left of each; of a credit what nothing is owed for (negative)
    """
    left = list(amounts)
    offsets = [index for index, amount in enumerate(left) if amount < 0]
    for index, amount in enumerate(left):
        while amount > 0 and offsets:
            used = min(amount, -left[offsets[0]])
            amount -= used
            left[index] = amount
            left[offsets[0]] += used
            if not left[offsets[0]]:
                offsets.pop(0)
    return tuple(left)


def share_credits(debts, offsets):
    """Give credits that belong to nobody in particular to those who owe, the oldest debt first.

    :param debts: sequence of (owner, amount) in due order; amounts that are not positive are passed over
    :param offsets: sequence of negative amounts, in the order in which they are to be used
    :return: list of (index of the credit, owner, negative amount); what nobody owes is not in it
    """
    open_debts = [[owner, amount] for owner, amount in debts if amount > 0]
    shares, position = [], 0
    for index, credit in enumerate(offsets):
        while credit < 0 and position < len(open_debts):
            owner, amount = open_debts[position]
            used = min(amount, -credit)
            if shares and shares[-1][:2] == (index, owner):
                shares[-1] = (index, owner, shares[-1][2] - used)
            else:
                shares.append((index, owner, -used))
            credit += used
            open_debts[position][1] -= used
            if not open_debts[position][1]:
                position += 1
    return shares
