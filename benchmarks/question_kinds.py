"""Questions as people ask them, each with the kinds of findings that answer it, and questions that no finding answers.

Written by hand before the wordings that they are compared with (``market_research/analysis/kinds.py``) were; those on
commerce were written after them, by someone else. Half of them, by a hash of the question, was not looked at while
wordings and threshold were chosen.
"""

import hashlib
from typing import NamedTuple

NAMES = (
    "NVIDIA", "Walmart", "Amazon", "Netflix", "Tesla", "Apple", "IBM", "AMD", "Intel", "Microsoft", "Alphabet",
    "Target", "Costco", "Disney", "Snowflake", "Micron Technology", "Qualcomm", "Broadcom", "Comcast",
)  # fmt: skip

NAMED = {
    **dict.fromkeys(NAMES, "company"),
    **dict.fromkeys(("Tablet", "Smartphone usage", "Internet", "Computer", "Social media usage"), "technology"),
    **dict.fromkeys(("Artificial intelligence", "Cyber security", "Supply chain", "Cloud computing", "Regulation",
                     "Intellectual property"), "topic"),
    **dict.fromkeys(("Kettle", "Toaster", "Lamp"), "product"),
}  # fmt: skip
"""What the questions name, as findings have it for subjects."""


class Asked(NamedTuple):
    text: str
    kinds: frozenset[str]

    @property
    def unseen(self) -> bool:
        """True for the half that is not looked at while something is chosen."""
        return hashlib.sha256(self.text.encode()).digest()[0] % 2 == 1


_BY_KINDS = {
    "market_size": (
        "How big is this market in dollars?", "What do all covered companies sell together?",
        "Give me the total sales of the sector.", "How much money is in this industry?",
        "What turnover do the players have combined?", "Size of the business overall?",
    ),
    "market_growth": (
        "Is the sector expanding, and how quickly?", "By how much did total sales go up over the last years?",
        "What is the annual growth rate of the industry?", "How quickly has this field been getting bigger?",
        "Compound growth of the whole group over five years?", "Is this a growing or a shrinking business?",
    ),
    "growth_versus_economy": (
        "Does the sector outpace GDP?", "Is it growing quicker than the economy as a whole?",
        "How does its expansion look next to national output?", "Compared with GDP, how is the industry doing?",
        "Are these companies ahead of the general economy?",
    ),
    "growth_contributions": (
        "Which company added the most dollars to the growth?", "Who is responsible for most of the expansion?",
        "Where did the additional sales come from, by company?", "Who contributed how much to the sector's increase?",
        "Would the group have grown without its biggest contributor?",
    ),
    "growth_break": (
        "Has growth accelerated lately?", "Is the pace of growth slowing down?",
        "Was the latest year better than the ones before?", "Did the speed of expansion change at some point?",
        "Was last year's increase out of the ordinary?",
    ),
    "growth_race growth_contributions": (
        "Which firm is growing the quickest?", "Who is the fastest grower?", "Which companies are shrinking?",
        "Rank the companies by their growth.", "Who grew slower than the rest?",
    ),
    "concentration share_shift": (
        "Who is number one here?", "Is a handful of firms dominating the field?",
        "What part of sales do the top players hold?", "How concentrated is the competition?",
        "What is the Herfindahl index?", "Is it an oligopoly?", "Which players have the largest share?",
    ),
    "share_shift": (
        "Who won market share?", "Which company is losing ground to its rivals?",
        "How have market shares changed over time?", "Is Apple gaining on its competitors?",
        "Whose slice of the pie became smaller?", "Did IBM give up share?",
    ),
    "profit_pool": (
        "Who takes home most of the profit in the industry?", "How are earnings divided among the companies?",
        "Does anyone earn more of the profit than of the sales?", "What are the total earnings of the field?",
        "Where does the money end up, in terms of profit?",
    ),
    "margin_spread": (
        "Which company is the most profitable?", "Who has the best margins?",
        "How far apart are the companies in profitability?", "What is a typical net margin in this sector?",
        "Who makes losses?", "Which business keeps the most of every dollar it sells?",
    ),
    "margin_change": (
        "Whose profitability got better?", "Which companies saw their margins fall?",
        "How did net margins move over the years?", "Who improved its margin the most?",
        "Are margins in the sector under pressure?",
    ),
    "rd_intensity": (
        "How much goes into research and development?", "Which firm spends most on R&D relative to sales?",
        "What does NVIDIA invest in research?", "Who bets heaviest on R&D?", "Is Snowflake a big spender on research?",
        "What portion of sales is put into developing new products?",
    ),
    "recent_results": (
        "What did Netflix earn in its last fiscal year?", "How was Walmart's latest year?",
        "How much revenue did Tesla report most recently?", "Give me NVIDIA's newest annual figures.",
        "How are Amazon's sales doing?", "Did Apple's revenue rise in the last year it reported?",
    ),
    "profit_bridge recent_results": (
        "Why did Netflix's operating profit change?", "What explains the jump in NVIDIA's operating income?",
        "Was the profit gain of Walmart due to volume or to margin?",
        "What stands behind the change in Tesla's earnings?", "Which costs moved Amazon's operating margin?",
    ),
    "investment": (
        "How much does Amazon invest in plants and equipment?", "What is Walmart's capex?",
        "How much free cash flow does NVIDIA generate?", "Is enough cash left for the shareholders of Tesla?",
        "Are capital expenditures going up at Netflix?", "What does Apple have left after its investments?",
    ),
    "newest_compared": (
        "How do the companies' latest results compare?", "Put the newest annual figures side by side.",
        "Whose last reported year was the best of all?", "Comparing the most recent results, who did better?",
        "Which firm did well and which badly in the last reports?",
    ),
    "recent_quarter": (
        "How was the last quarter of NVIDIA?", "What did the company report for its newest quarter?",
        "Give me the quarterly revenue.", "Did quarterly sales rise against the same quarter a year ago?",
        "Most recent quarterly figures, please.",
    ),
    "segment_mix": (
        "Which business lines bring in the most money at Amazon?", "Where in the world does Netflix earn its revenue?",
        "Which products drive Apple's sales?", "What share of NVIDIA's sales comes from data centers?",
        "Which region grew the most for Tesla?", "Break down Walmart's revenue by segment.",
        "How dependent is Apple on the iPhone?",
    ),
    "segment_profit": (
        "Which division of Amazon is the most profitable?", "Does AWS make most of the operating profit?",
        "Where does Apple make its operating income geographically?", "How do the margins of the segments differ?",
        "Which part of the business subsidises the others?",
    ),
    "adoption_level": (
        "How many households own a tablet?", "What percentage of people use smartphones?",
        "How common is the internet among the population?", "How widespread are computers?",
        "What is the penetration of social media?",
    ),
    "adoption_standing": (
        "Which technology is catching on the most?", "Which of the technologies has the most room left to grow?",
        "What is the state of technology adoption?", "Which technologies have matured?",
        "Which technology gained the most users of late?",
    ),
    "adoption_race": (
        "How long did it take for the tablet to spread?", "Which technology was adopted in the shortest time?",
        "Did newer technologies diffuse quicker than older ones?",
        "How many years until half of the people had internet access?", "Speed of diffusion of smartphones?",
    ),
    "topic_ranking topic": (
        "What do the sources talk about most?", "Which themes come up most in the news?",
        "What is everyone discussing?", "Main subjects in the filings?", "Hot topics of the industry?",
    ),
    "topic": (
        "How often is artificial intelligence mentioned?", "Is cyber security a subject in the documents?",
        "Do the sources mention supply chains?", "What is said about cloud computing?",
        "How much coverage does regulation get?",
    ),
    "topic_emphasis": (
        "What does Amazon stress more than others do?", "Which topics are typical for IBM?",
        "What does Apple emphasise in its report?", "Which company writes most about intellectual property?",
        "What sets Tesla's disclosures apart in their subjects?",
    ),
    "forecast": (
        "What is the revenue forecast for Snowflake?", "Where will sales be in three years?",
        "What is the projection for the coming years?", "How might Netflix's revenue develop from here?",
        "What can be expected of future revenue?",
    ),
    "contradiction": (
        "Are there sources that contradict one another?", "Do the documents agree on the figures?",
        "Which numbers are disputed?", "Where do the data sources conflict?",
        "Is there any inconsistency between reports?",
    ),
    "attention_change attention_level": (
        "Is public interest in the technology rising?", "Which technology is searched for more than before?",
        "Are page views going up?", "How much attention does it get online?", "Is the hype fading?",
    ),
}  # fmt: skip

_OF_COMMERCE = {
    "price_position": (
        "Are our offers priced above or below the competition?", "How does our price level sit against the market?",
        "What share of our range costs more than at other shops?", "Is our assortment cheap or expensive overall?",
        "Do we tend to undercut the others?",
    ),
    "price_gap price_position": (
        "Where are we furthest above a competitor's price?", "What does the kettle cost elsewhere?",
        "On which items do we charge a lot more than other shops?", "Which of our articles are overpriced?",
        "How many dollars cheaper is the rival's toaster?",
    ),
    "price_alerts price_alert": (
        "Have there been many price moves recently?", "Did competitors touch their prices this month?",
        "How many price changes above five percent were there?", "Any recent price cuts that I should know of?",
        "By how much did the rival drop the price of the lamp?", "Who has become more expensive lately?",
    ),
    "rival_promotions": (
        "Is a competitor running a sale at the moment?", "What special offers do other shops have?",
        "How deep are the discounts of the competition?", "Until when does the rival's promotion last?",
    ),
    "price_recommendation": (
        "What should the kettle cost?", "Should I raise my prices?", "Which prices ought to be changed, and to what?",
        "How much profit would another price bring?", "How strongly do customers react to a dearer price?",
    ),
    "sentiment": (
        "Are customers happy?", "What is the overall tone of the reviews?", "How satisfied are buyers on the whole?",
        "What part of the reviews is positive?", "How many fake reviews did you find?",
    ),
    "product_sentiment": (
        "Which item gets the worst feedback?", "What is our best loved product?", "How well is the kettle received?",
        "Which articles do reviewers hate?",
    ),
    "aspect_sentiment": (
        "Is it the quality or the shipping that people criticise?", "Which feature is praised the most?",
        "What do reviewers think of the handle?", "Which properties of the goods are disliked?",
    ),
    "complaint": (
        "What are customers unhappy about?", "Which problem comes up again and again?", "Why are people angry?",
        "What breaks most often?", "List the main grievances of buyers.",
    ),
    "feature_request": (
        "What do people wish the product had?", "Which improvements are asked for?", "What is missing, say customers?",
        "Which new functions would buyers like to see?",
    ),
    "sales_trend": (
        "How many units did the shop sell lately?", "Are our sales going up?",
        "Which article sells better than before?", "How much did we take in the last quarter of a year?",
        "What is our best seller?",
    ),
    "demand_forecast": (
        "How many kettles will we need in the next thirty days?", "What demand do you expect over the coming week?",
        "How much of it is going to be sold?", "Is there a seasonal pattern in what we sell?",
        "On which day of the week do we sell most?",
    ),
    "forecast_quality": (
        "Can I trust the demand forecast?", "How far off were earlier predictions of sales?",
        "How accurate is the prediction of pieces?", "How wide is the error of the sales forecast?",
    ),
    "unforecast": (
        "Which items could you not predict?", "For what is there too little history to forecast?",
        "Why is there no prediction for the lamp?",
    ),
    "inventory_risk": (
        "What are we about to run out of?", "When must I order new stock?", "Where do we hold far too many pieces?",
        "How long will the stock of the toaster last?", "Which orders have to go out this week?",
    ),
}  # fmt: skip

ANSWERED = tuple(Asked(text, frozenset(kinds.split())) for kinds, texts in _BY_KINDS.items() for text in texts)
ANSWERED_OF_COMMERCE = tuple(
    Asked(text, frozenset(kinds.split())) for kinds, texts in _OF_COMMERCE.items() for text in texts
)
UNANSWERED = tuple(Asked(text, frozenset()) for text in (
    # Other fields.
    "What is the boiling point of mercury?", "How do I bake sourdough bread?", "Who painted the Mona Lisa?",
    "What is the capital of Australia?", "How many moons does Jupiter have?", "Who won the football world cup?",
    "How do vaccines work?", "What is the average rent in Berlin?", "Which vitamins are in spinach?",
    "How is steel made?", "What causes earthquakes?", "How many goals did the striker score?",
    "What does the law say about inheritance?", "How tall is Mount Everest?", "What is a good recipe for pasta?",
    "Who wrote Hamlet?", "How does photosynthesis work?", "When was the Roman Empire founded?",
    # Other industries.
    "How much wheat does Ukraine export?", "What is the market share of Boeing in passenger jets?",
    "How many hotel beds are there in Spain?", "What is the price of copper per tonne?",
    "Which airline carries the most passengers?", "How many cars did Toyota build?",
    "What is the yield of a soybean field?", "How large is the global market for insulin?",
    "Which bank has the most branches?", "What do Swiss watches cost on average?",
    # Prices and fortunes to come.
    "Will NVIDIA's share price double next year?", "Should I buy Tesla stock?", "What will Apple shares cost in 2030?",
    "Is Amazon a good investment for my pension?", "What is the price target of analysts for Netflix?",
    "Which stock will perform best?", "Is the share of Walmart overvalued?", "What dividend will Intel pay?",
    "When should I sell my shares?", "Will there be a recession next year?",
    # Opinions and feelings.
    "Do you like Netflix?", "Which CEO is the nicest?", "Is Amazon an evil company?", "What is your favourite product?",
    "Who has the most beautiful logo?", "Is it fun to work at Apple?", "Are Tesla drivers arrogant?",
    "Which phone should I buy?", "Is Disney better than Netflix for children?", "What do you think of the boss of IBM?",
    # Of the field, and not in what findings say.
    "Who is the chief executive of Walmart?", "Where are the headquarters of NVIDIA?",
    "How many employees does Amazon have?", "When was Intel founded?",
    "What is the customer support number of Comcast?",
    "Which auditor signed the accounts of Tesla?", "How do I cancel my Netflix subscription?",
    "What is the opening time of the Target store?", "How many patents does IBM hold?",
    "What salary does the head of Disney get?", "Which university did the founder of NVIDIA attend?",
    "What is the battery life of the newest Apple laptop?", "How many lawsuits is Amazon facing?",
    "Who sits on the board of Microsoft?", "How many square metres has a Costco store?",
    "What colour is the Walmart logo?", "Which films will Disney release in summer?",
    "What is the password of the database?", "How do I install this software?", "What time is it?",
    "Which programming language is AWS written in?", "What is the carbon footprint of Apple?",
    "How satisfied are Comcast's customers?", "How old are Netflix's viewers?",
))  # fmt: skip
