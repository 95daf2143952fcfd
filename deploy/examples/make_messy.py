"""Writes messy.csv: invented customers, some of whom left, as untidy as tables come.

Numbers and categories are missing, at random and not; missing is written as an empty cell or as NA; one category
has a comma in it, another has forty values, and the customer's id has one for each row. Needs Python only, and a
fixed seed makes the same file every time: `python3 make_messy.py` writes beside itself into data/.
"""

import csv
import math
import pathlib
import random

SEED = 20240117
ROWS = 1200
FILE = pathlib.Path(__file__).resolve().parent / "data" / "messy.csv"

PLANS = {"basic": 29.0, "plus": 49.0, "premium": 79.0}
PAYMENTS = ["credit card", "bank transfer, automatic", "invoice", "gift card"]
CONTRACTS = ["monthly", "yearly", "two years"]
# Forty places: too many to look at, few enough to encode.
CITIES = [first + last for first in ("Ash", "Brook", "Clear", "Dun", "East", "Fair", "Glen", "High")
          for last in ("ford", "ham", "ton", "vale", "wick")]

COLUMNS = ["customer_id", "age", "tenure_months", "monthly_fee", "support_calls", "last_login_days", "usage_gb",
           "plan", "payment_method", "contract", "city", "paperless", "churned"]


def customer(rng, number):
    """One customer, complete."""
    plan = rng.choices(list(PLANS), weights=[5, 3, 2])[0]
    contract = rng.choices(CONTRACTS, weights=[6, 3, 1])[0]
    payment = rng.choices(PAYMENTS, weights=[5, 3, 3, 0.3])[0]
    # A few cities hold most customers.
    city = CITIES[min(int(rng.expovariate(0.12)), len(CITIES) - 1)]
    age = min(max(rng.gauss(44, 15), 18), 90)
    tenure = min(rng.expovariate(1 / 26), 96)
    fee = PLANS[plan] * rng.uniform(0.85, 1.15) - 4 * CONTRACTS.index(contract)
    calls = int(rng.expovariate(0.7))
    login = min(rng.expovariate(1 / 9), 180)
    usage = rng.lognormvariate(3.1, 0.8)
    paperless = rng.random() < 0.6
    risk = (
        -0.6
        + 1.1 * (contract == "monthly")
        - 1.2 * (contract == "two years")
        + 0.55 * calls
        + 0.06 * login
        - 0.045 * tenure
        - 0.018 * usage
        + 0.012 * (fee - 45)
        + 0.7 * (payment == "invoice")
        + 0.5 * (CITIES.index(city) % 7 == 0)
        - 0.01 * (age - 44)
    )
    churned = rng.random() < 1 / (1 + math.exp(-1.6 * risk))
    return {
        "customer_id": f"C{number:05d}",
        "age": round(age),
        "tenure_months": round(tenure, 1),
        "monthly_fee": f"{fee:.2f}",
        "support_calls": calls,
        "last_login_days": round(login, 1),
        "usage_gb": round(usage, 3),
        "plan": plan,
        "payment_method": payment,
        "contract": contract,
        "city": city,
        "paperless": "yes" if paperless else "no",
        "churned": "yes" if churned else "no",
    }


def untidy(rng, row):
    """Takes some of it away. Who never calls or hardly logs in is known the least."""
    chances = {
        "age": 0.12,
        "monthly_fee": 0.04,
        "last_login_days": 0.25 if row["last_login_days"] > 15 else 0.06,
        "usage_gb": 0.15 if row["support_calls"] == 0 else 0.05,
        "payment_method": 0.08,
        "contract": 0.03,
        "city": 0.10,
        "paperless": 0.05,
    }
    for column, chance in chances.items():
        if rng.random() < chance:
            row[column] = "NA" if rng.random() < 0.2 else ""
    return row


def main():
    rng = random.Random(SEED)
    with open(FILE, "w", newline="", encoding="utf-8") as file:
        writer = csv.DictWriter(file, COLUMNS, lineterminator="\n")
        writer.writeheader()
        for number in range(1, ROWS + 1):
            writer.writerow(untidy(rng, customer(rng, number)))


if __name__ == "__main__":
    main()
