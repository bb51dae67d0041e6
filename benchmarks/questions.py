# ruff: noqa: E501 - a question is a line
"""Questions about the real filings, with words that stand in every passage that answers, and questions without answer.

Written by hand for this benchmark, in other words than the filings use where there are others. The first letters of a
file's name say whose filing answers. Those without answer are of three kinds: of other matters altogether, of companies
that no filing is of, and near misses: what these companies' filings could say and do not.
"""

import hashlib
from typing import NamedTuple


class Question(NamedTuple):
    """``words`` stand verbatim, white space aside, in the passages that answer; without them nothing does."""

    text: str
    file: str = ""
    words: str = ""

    @property
    def unseen(self) -> bool:
        """True for the half that is not looked at while anything is chosen."""
        return hashlib.sha256(self.text.encode()).digest()[0] % 2 == 1


ANSWERED = (
    Question("Why does Apple depend on few suppliers for some parts?", "aapl", "single or limited sources"),
    Question("Which Apple executive set up a plan to sell shares in August 2024?", "aapl", "entered into a trading plan"),
    Question("How much tax money was held in escrow for Ireland?", "aapl", "held in escrow and restricted"),
    Question("Why was Apple's effective tax rate high in 2024?", "aapl", "one-time income tax charge of $10.2 billion"),
    Question("How does Apple reduce exposure to currency movements?", "aapl", "partially offset its business exposure to foreign exchange"),
    Question("What hurts Apple when new technology replaces its offerings?", "aapl", "replace or supersede existing offerings"),
    Question("How many people work for Apple?", "aapl", "full-time equivalent employees"),
    Question("What did the Justice Department accuse Apple of?", "aapl", "Department of Justice"),
    Question("What is Apple's dispute with Epic Games about?", "aapl", "Epic Games"),
    Question("What changes did Europe's digital markets law force on the App Store?", "aapl", "Digital Markets Act"),
    Question("In which countries are most Apple devices assembled?", "aapl", "China mainland, India"),
    Question("When does Apple's fiscal year end?", "aapl", "52- or 53-week"),
    Question("Which payment methods does Amazon take and what are the risks?", "amzn", "credit card, debit card"),
    Question("Why did Amazon's international sales grow in 2024?", "amzn", "International sales increased 9% in 2024"),
    Question("Why does Amazon's tax rate swing?", "amzn", "effective tax rate is subject to significant variation"),
    Question("How does Amazon protect its trademarks and know-how?", "amzn", "We regard our trademarks"),
    Question("What drove the growth of AWS sales?", "amzn", "AWS sales increased 19% in 2024"),
    Question("How does Amazon account for buildings that it controls under construction?", "amzn", "build-to-suit lease arrangements"),
    Question("How many people does Amazon employ?", "amzn", "full-time and part-time employees"),
    Question("What did the FTC sue Amazon for?", "amzn", "FTC"),
    Question("How long are servers expected to last at Amazon?", "amzn", "useful life"),
    Question("Which product did the Rivian stake affect?", "amzn", "Rivian"),
    Question("Why did Amazon's shipping costs rise?", "amzn", "shipping costs"),
    Question("What is the agreement between Amazon and Anthropic?", "amzn", "Anthropic"),
    Question("When was IBM founded, and by which merger?", "ibm", "Computing-Tabulating-Recording"),
    Question("With which kinds of partners does IBM work?", "ibm", "We proactively partner with"),
    Question("Which legal trouble may artificial intelligence bring IBM?", "ibm", "Increased Offerings and Use of AI-based"),
    Question("What happens to IBM if clients cut their spending?", "ibm", "Downturn in Economic Environment"),
    Question("How exposed is IBM to cyber attacks?", "ibm", "risk of security breaches"),
    Question("How many employees does IBM have and where?", "ibm", "employees"),
    Question("What is IBM's plan for quantum computing?", "ibm", "quantum"),
    Question("How much stock may Netflix buy back?", "nflx", "authorized the repurchase of up to $10 billion"),
    Question("What was the market value of Netflix shares held by outsiders?", "nflx", "$287,180,927,160"),
    Question("Could internet carriers work against Netflix?", "nflx", "multichannel video programming"),
    Question("How does Netflix treat tax incentives for productions?", "nflx", "may qualify for tax incentives"),
    Question("Which worries about member data could hurt Netflix?", "nflx", "Privacy concerns could limit our ability"),
    Question("What does the ad-supported plan mean for Netflix?", "nflx", "advertising"),
    Question("Whom does Netflix compete with for viewers' time?", "nflx", "compete"),
    Question("How did the strikes of writers and actors affect Netflix?", "nflx", "strikes"),
    Question("What dispute does Netflix have with Brazil's tax office?", "nflx", "Brazil"),
    Question("How may export rules hurt NVIDIA's networking business?", "nvda", "negatively impact demand for our networking products"),
    Question("Why is making the change between chip generations hard for NVIDIA?", "nvda", "Product transitions are complex"),
    Question("What did the licence requirement for H20 cost NVIDIA?", "nvda", "$4.5 billion charge"),
    Question("Why did NVIDIA stop selling to Russia?", "nvda", "stopped direct sales to Russia"),
    Question("Who makes NVIDIA's wafers?", "nvda", "TSMC"),
    Question("Which customers made more than a tenth of NVIDIA's revenue?", "nvda", "10% or more of total revenue"),
    Question("How does NVIDIA treat rebates and marketing funds?", "nvda", "marketing development funds"),
    Question("Who leads NVIDIA's worldwide sales?", "nvda", "Ajay K. Puri"),
    Question("What is the Blackwell architecture for?", "nvda", "Blackwell"),
    Question("How much did NVIDIA spend to take over Arm, and how did that end?", "nvda", "Arm"),
    Question("Why was an audit of inventory provisions a critical matter?", "nvda", "Critical Audit Matter"),
    Question("How many apprentices' hours does Tesla's training take?", "tsla", "Apprentices complete"),
    Question("What penalty does Tesla risk for its plant in Buffalo?", "tsla", "program payments"),
    Question("How volatile was Tesla's share price?", "tsla", "intra-day trading high of $488.54"),
    Question("What goes into the cost of cars sold by Tesla?", "tsla", "Cost of automotive sales revenue includes"),
    Question("What are regulatory credits worth to Tesla?", "tsla", "regulatory credits"),
    Question("What happened to Elon Musk's pay package in court?", "tsla", "2018 CEO Performance Award"),
    Question("Where does Tesla build the Cybertruck?", "tsla", "Cybertruck"),
    Question("How much storage for energy did Tesla deploy?", "tsla", "GWh"),
    Question("What is Tesla's robotaxi?", "tsla", "Robotaxi"),
    Question("How many bitcoins or digital assets does Tesla hold?", "tsla", "digital assets"),
    Question("How do lawsuits about opioids affect Walmart?", "wmt", "Opioid"),
    Question("Whom does Walmart compete with for workers?", "wmt", "compete for talent"),
    Question("Which privacy laws does Walmart face in California?", "wmt", "CCPA"),
    Question("What if Walmart's computer systems fail when updated?", "wmt", "frequently update our information technology hardware"),
    Question("Why did Walmart buy VIZIO?", "wmt", "VIZIO"),
    Question("What is a Sam's Club membership?", "wmt", "membership"),
    Question("How does Walmart count comparable sales?", "wmt", "comparable sales"),
    Question("What is Flipkart?", "wmt", "Flipkart"),
    Question("Why did Walmart split its shares three for one?", "wmt", "3-for-1"),
)  # fmt: skip
UNANSWERED = tuple(map(Question, (
    "How do I bake sourdough bread?", "What is the capital of Mongolia?", "Who won the football world cup in 2014?",
    "Which drugs treat malaria?", "How does photosynthesis work?", "What is the boiling point of mercury?",
    "Who wrote The Magic Mountain?", "How many strings has a cello?", "Which tree grows fastest in the tropics?",
    "What are the rules of cricket?", "How deep is Lake Baikal?", "When was the Suez canal opened?",
    "How do bees find their way home?", "Which vitamins are in spinach?", "How is porcelain glazed?",
    "What did Pfizer earn with its vaccine?", "How many aircraft did Airbus deliver?", "Which mines does Rio Tinto own?",
    "How many hotels does Marriott run?", "What is the loan book of Wells Fargo?", "How did Nestlé's coffee sell?",
    "Which oil fields does Equinor operate?", "How many barrels does Saudi Aramco pump a day?",
    "What did Boeing pay for its safety failures?", "How large is Novo Nordisk's market for insulin?",
    "What is Starbucks' plan for tea houses?", "How many passengers flew with Ryanair?",
    "Which railways does Union Pacific own?", "How many beds do Carnival's cruise ships have?",
    "What is BASF's output of ammonia?", "How much potash does Nutrien mine?", "How many tractors did Deere sell in Brazil?",
    "What does Pepsi pay for sugar?", "How many vineyards does Diageo own?", "Which clinical trials failed at Roche?",
    "How many steel mills does ArcelorMittal have?", "What did Uber pay its drivers in Chicago?",
    "Who insures the ships of Maersk?", "How many towers does American Tower lease in India?",
    "What is the reserve ratio of the Bank of Japan?", "How many nurses work at HCA's hospitals?",
    "What is the nicotine content of Philip Morris' products?", "How many theatres does AMC plan to close?",
    "Which salmon farms does Mowi run?", "How much gold did Newmont refine?", "What did Hermès charge for its bags?",
    "How many pizzas did Domino's deliver in Poland?", "Which reactors does EDF plan to shut?",
    "What is Apple's plan to grow apples?", "How many hospitals does Tesla run?",
    "How much milk does Netflix buy?", "What is Walmart's fleet of submarines?",
    "How many satellites' telescopes does IBM operate on Mars?", "Which football clubs does Amazon own?",
    "How many acres of wheat does NVIDIA farm?", "Which perfumes does Apple sell in France?",
    "What is Netflix's output of cement?", "Which coal mines does Walmart operate?",
    "How many kilometres of railway did IBM lay?", "Which medicines does Tesla test on patients?",
)))  # fmt: skip
