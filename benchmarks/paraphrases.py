"""Pairs of questions, written by hand: those that one answer fits, and near misses that it does not."""

import hashlib
from typing import NamedTuple

NAMES = {
    "NVIDIA": "NVIDIA", "Nvidia": "NVIDIA", "Walmart": "Walmart", "Wal-Mart": "Walmart", "Amazon": "Amazon",
    "Netflix": "Netflix", "Tesla": "Tesla", "Apple": "Apple", "IBM": "IBM", "AMD": "AMD", "Intel": "Intel",
}  # fmt: skip


class Pair(NamedTuple):
    left: str
    right: str
    same: bool

    @property
    def unseen(self) -> bool:
        """True for the half that is not looked at while the threshold is chosen."""
        return hashlib.sha256(f"{self.left}|{self.right}".encode()).digest()[0] % 2 == 1


_SAME = (
    ("How much revenue did NVIDIA make in 2023?", "What was NVIDIA's revenue in 2023?"),
    ("What was Walmart's operating margin in 2022?", "How high was the operating margin of Walmart in 2022?"),
    ("Who are Netflix's main competitors?", "Which companies are the main competitors of Netflix?"),
    ("What export controls apply to NVIDIA?", "Which export controls is NVIDIA subject to?"),
    ("How many employees does Amazon have?", "How many employees work at Amazon?"),
    ("What are the risks of relying on a single supplier?", "Which risks come from relying on a single supplier?"),
    ("Why did Tesla's margin fall in 2024?", "Why did the margin of Tesla decline in 2024?"),
    ("What does Apple spend on research and development?", "How much does Apple spend on research and development?"),
    ("Which company has the largest market share?", "What company has the biggest market share?"),
    ("How large is the market?", "How large is this market?"),
    ("How fast did the market grow in 2023?", "What was the growth of the market in 2023?"),
    ("What did IBM pay for acquisitions in 2021?", "How much did IBM pay for acquisitions in 2021?"),
    ("What is the market share of Nvidia?", "What's NVIDIA's market share?"),
    ("How does Walmart compete on price?", "How is Walmart competing on price?"),
    ("What tariffs affect Apple's products?", "Which tariffs affect the products of Apple?"),
    ("Which regions bring Netflix the most subscribers?", "In which regions does Netflix have the most subscribers?"),
    ("What is Amazon's advertising revenue?", "How much revenue does Amazon make with advertising?"),
    ("Does Tesla depend on regulatory credits?", "Is Tesla dependent on regulatory credits?"),
    ("What does the Blackwell platform do?", "What is the Blackwell platform for?"),
    ("How concentrated is the market?", "What is the concentration of the market?"),
    ("Which technologies do retailers adopt?", "What technologies are retailers adopting?"),
    ("What share of revenue comes from data centers?", "How much of revenue comes from data centers?"),
    ("How did Netflix's advertising plan do?", "How well did the advertising plan of Netflix do?"),
    ("What lawsuits does Walmart face?", "Which lawsuits is Walmart facing?"),
    ("What are the drivers of demand for GPUs?", "Which drivers are behind the demand for GPUs?"),
    ("Tell me about Apple's supply chain risks.", "What are Apple's supply chain risks?"),
    ("How profitable is Amazon's cloud business?", "How profitable is the cloud business of Amazon?"),
    ("What did AMD earn in 2022?", "How much did AMD earn in 2022?"),
    ("How much inventory does NVIDIA hold?", "What inventory does NVIDIA hold?"),
    ("Which segment of IBM is the largest?", "What is IBM's largest segment?"),
)
_OTHER = (
    ("How much revenue did NVIDIA make in 2023?", "How much revenue did NVIDIA make in 2022?"),
    ("What was Walmart's operating margin in 2022?", "What was Amazon's operating margin in 2022?"),
    ("What was Walmart's operating margin in 2022?", "What was Walmart's gross margin in 2022?"),
    ("What was NVIDIA's revenue in 2023?", "What was NVIDIA's net income in 2023?"),
    ("Which company has the largest market share?", "Which company has the smallest market share?"),
    ("Which companies gained market share?", "Which companies lost market share?"),
    ("Which countries are subject to export controls?", "Which countries are not subject to export controls?"),
    ("Why did revenue rise in 2021?", "Why did revenue fall in 2021?"),
    ("How many employees does Amazon have?", "How many stores does Amazon have?"),
    ("What does Apple spend on research?", "What does Apple spend on advertising?"),
    ("Who are Netflix's competitors?", "Who are Netflix's suppliers?"),
    ("What was revenue in the first quarter of 2023?", "What was revenue in the second quarter of 2023?"),
    ("What was revenue in 2023?", "What was revenue in the first quarter of 2023?"),
    ("How did data center revenue grow?", "How did gaming revenue grow?"),
    ("What are Tesla's strengths?", "What are Tesla's weaknesses?"),
    ("What risks does IBM name?", "What opportunities does IBM name?"),
    ("How many subscribers does Netflix have in Europe?", "How many subscribers does Netflix have in Asia?"),
    ("What did AMD earn in 2022?", "What did Intel earn in 2022?"),
    ("Does Tesla depend on regulatory credits?", "Does Tesla not depend on regulatory credits?"),
    ("How large is the market?", "How fast does the market grow?"),
    ("What is the forecast for 2026?", "What is the forecast for 2027?"),
    ("Which technologies do retailers adopt?", "Which technologies do retailers abandon?"),
    ("What lawsuits does Walmart face?", "What lawsuits has Walmart won?"),
    ("When did Apple open its store in India?", "Why did Apple open its store in India?"),
    ("What tariffs affect imports from China?", "What tariffs affect exports to China?"),
    ("What tariffs affect imports from China?", "What tariffs affect imports from Mexico?"),
    ("How much did IBM pay for Red Hat?", "How much did IBM pay for HashiCorp?"),
    ("What is the price of the standard plan?", "What is the price of the premium plan?"),
    ("How much inventory does NVIDIA hold?", "How much cash does NVIDIA hold?"),
    ("Which segment of IBM is the largest?", "Which segment of IBM is the fastest?"),
    ("What is Amazon's advertising revenue?", "What is Amazon's subscription revenue?"),
    ("What is Amazon's advertising revenue?", "What is Amazon's advertising expense?"),
    ("Did margins improve without the charge?", "Did margins improve with the charge?"),
    ("Which suppliers does Apple depend on?", "Which customers does Apple depend on?"),
    ("What did analysts say before the merger?", "What did analysts say after the merger?"),
    ("Who buys GPUs?", "Who sells GPUs?"),
    ("How did revenue change from 2019 to 2021?", "How did revenue change from 2019 to 2023?"),
    ("What share does Walmart have of online sales?", "What share does Walmart have of grocery sales?"),
    ("How many cars did Tesla build?", "How many cars did Tesla recall?"),
    ("What is the dividend of Apple?", "What is the debt of Apple?"),
)
PAIRS = tuple([Pair(*pair, True) for pair in _SAME] + [Pair(*pair, False) for pair in _OTHER])
