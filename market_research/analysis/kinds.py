"""Which questions each kind of finding answers, in the words of one who asks.

A question is compared with these, not with the findings' sentences: those are full of names and figures, which say
little of what was asked. Where a question names a company, these say ``the company``.
"""

OF_COMMERCE = frozenset(
    (
        "price_position",
        "price_gap",
        "price_alerts",
        "price_alert",
        "rival_promotions",
        "price_recommendation",
        "sentiment",
        "product_sentiment",
        "aspect_sentiment",
        "complaint",
        "feature_request",
        "sales_trend",
        "demand_forecast",
        "forecast_quality",
        "unforecast",
        "inventory_risk",
    )
)
"""Kinds that only an industry with offers has: elsewhere no question is taken to ask for them."""
QUESTIONS: dict[str, tuple[str, ...]] = {
    "price_position": (
        "How do our prices compare with those of rivals?", "Are we dearer or cheaper than the market?",
        "How many of our offers cost more than the median of equivalents?", "Where do own prices stand in the market?",
    ),
    "price_gap": (
        "Which of our offers are too expensive against rivals?", "Where is the gap to a rival's price largest?",
        "Which products do we sell cheaper than others?", "By how many percent is an offer above its equivalents?",
    ),
    "price_alerts": (
        "How many prices changed lately?", "Did prices of offers move in the last days?",
        "How often do rivals change their prices?",
    ),
    "price_alert": (
        "Which rival cut its price?", "Which rival raised the price of a product?", "Who lowered a price, and when?",
        "What did the product cost at the rival before?",
    ),
    "rival_promotions": (
        "Which promotions do rivals run?", "Which discounts do rival shops give?", "Is a rival's sale still going on?",
    ),
    "price_recommendation": (
        "Which price should we ask for the product?", "Should we raise or lower the price of an offer?",
        "What is the best price for our offer?", "How elastic is demand for our product?",
        "What happens to revenue if we change the price?",
    ),
    "sentiment": (
        "What do buyers think of our offers?", "Are the reviews good or bad?", "How many reviews are negative?",
        "How is the mood of reviewers?", "How many reviews are spam?",
    ),
    "product_sentiment": (
        "Which product do buyers like least?", "Which product has the best reviews?",
        "Which offer is rated worst by its buyers?", "How do reviewers judge one product?",
    ),
    "aspect_sentiment": (
        "Which aspect of the products do buyers blame?", "What do buyers praise most?",
        "Is the battery, the price or the delivery criticised in reviews?",
    ),
    "complaint": (
        "What do buyers complain about?", "Which complaint is the most frequent?", "What goes wrong with our products?",
        "Why do customers send products back?",
    ),
    "feature_request": (
        "Which features do buyers wish for?", "What do customers want to be added?", "Which wish do reviews repeat?",
        "What should be improved according to reviewers?",
    ),
    "sales_trend": (
        "How much did our shop sell in the last three months?", "Do our own sales rise or fall?",
        "Which offer gained or lost most sales?", "How many pieces did we sell?",
    ),
    "demand_forecast": (
        "How many pieces will we sell next month?", "What is the demand forecast for the product?",
        "How much of an offer will be asked for in the next weeks?", "Which season do the sales of an offer have?",
    ),
    "forecast_quality": (
        "How good are the demand forecasts?", "By how much do forecasts of pieces miss in the back-test?",
        "How often did the interval hold the pieces sold?",
    ),
    "unforecast": (
        "For which offers is there no demand forecast?", "Why can demand for an offer not be forecast?",
    ),
    "inventory_risk": (
        "Which stock will run out?", "When do we have to reorder a product?",
        "Of which products is there too much stock?",
        "How many pieces should be ordered, and by when?",
    ),
    "market_size": (
        "How large is the market?", "What is the combined revenue of all companies?",
        "What is the market worth in dollars?", "How much does the industry sell in total?",
        "What do all the companies together sell?", "How much turnover does the whole sector have?",
        "How many billions of dollars is the sector?", "What sum do buyers spend in this market?",
        "What is the volume of the industry?",
    ),
    "market_growth": (
        "How fast did the market grow?", "What is the growth rate of the industry?", "Is the market growing?",
        "How much did total revenue increase over the years?",
        "How quickly does the sector expand?",
        "How much larger did the industry become in the last years?",
        "What is the compound annual growth rate of the market?", "Does demand in the sector rise?",
    ),
    "growth_versus_economy": (
        "Did the market grow faster than the economy?", "How does the industry's growth compare with GDP?",
        "Is the industry ahead of the gross domestic product?",
        "Is the sector outperforming the overall economy?", "Does the industry lag behind national output?",
    ),
    "growth_contributions": (
        "Who made the growth?", "Which company contributed most to the market's growth?",
        "How much of the added revenue came from each company?", "How fast did the market grow without its leader?",
        "Who is behind the sector's increase in sales?", "How much did each company add?",
        "Which firm accounts for the largest part of the sector's added sales?",
        "Where did the extra revenue come from?", "Did one company alone carry the growth?",
    ),
    "growth_break": (
        "Did growth speed up or slow down?", "How does the latest year's growth compare with earlier years?",
        "Is the market's growth accelerating?", "In which year did the pace of growth change?",
        "Was the newest year unusual?",
        "Has the pace of growth changed recently?", "Was there a turning point in growth?",
        "Is growth losing momentum?",
    ),
    "growth_race": (
        "Which company grew fastest?", "Which companies grew and which shrank?",
        "How do the companies' growth rates compare?", "Which company is the slowest to grow?",
        "Who is growing most rapidly?", "Which firms are declining?", "Give a ranking of companies by growth.",
    ),
    "concentration": (
        "Who leads the market?", "How concentrated is the market?", "Which companies have the largest market share?",
        "What share do the largest companies hold?", "Who is the biggest company in the industry?",
        "Do few companies dominate the market?", "What is the concentration index?",
        "Who comes first in the market?", "What part of all sales do the leading players have?",
        "Is there a monopoly?",
        "Who is the market leader?", "Is the market fragmented or controlled by few firms?",
        "How intense is the competition between firms?", "Who are the main players and how large are they?",
    ),
    "share_shift": (
        "Who gained and who lost market share?", "How did market shares shift?", "Did the company gain market share?",
        "Which company is losing market share?",
        "Whose share became smaller?", "Who took business away from rivals?",
        "Which company's position became stronger or weaker against its rivals?",
        "How did the competitive positions change over time?", "Which firm is overtaking its competitors?",
    ),
    "profit_pool": (
        "Who earns the industry's profit?", "How is the profit pool divided?",
        "What is the total profit of the industry?",
        "Which company takes a larger part of the profit than of the revenue?",
        "How is the industry's profit divided among the companies?", "Who gets most of the industry's earnings?",
        "Where in the industry is the money made?", "Who collects the profits of the sector?",
        "How much do all companies earn together?",
    ),
    "margin_spread": (
        "How do margins differ between companies?", "Which company has the highest profit margin?",
        "What is the median net margin?", "Which company is unprofitable?", "How profitable are the companies?",
        "Who makes a loss?",
        "Which firm is best at turning sales into profit?", "What margin is normal in this industry?",
        "Who is the least profitable?", "How big is the gap in profitability?",
    ),
    "margin_change": (
        "Which company widened its margin most?", "How did profit margins change?",
        "Are margins rising or falling?", "Whose margin shrank?",
        "Did profitability improve or worsen over the years?", "Which firms became more profitable?",
        "How has the net margin developed?",
    ),
    "rd_intensity": (
        "How much do companies spend on research and development?", "Who has the highest research intensity?",
        "What part of its revenue does the company put into research?",
        "Who invests most in innovation?", "How large is the research budget of the company?",
        "How high is R&D spending in relation to revenue?",
    ),
    "recent_results": (
        "What are the company's newest annual results?", "How much revenue did the company report for its last year?",
        "How did the company's revenue change in the latest fiscal year?", "How is the company doing?",
        "What did the company earn in its latest fiscal year?", "How did the company's sales develop?",
        "How did the company perform in the last year?", "What sales did the company book most recently?",
        "Is the company's revenue rising?", "What are the key figures of the company?",
    ),
    "profit_bridge": (
        "Why did the company's operating income change?", "What moved the company's operating margin?",
        "How much of the profit change came from sales and how much from the margin?",
        "What drove the company's profit?",
        "What is the reason for the rise or fall of the company's profit?",
        "Did volume or margin change the company's operating profit?",
        "Which cost items hurt or helped the company's margin?", "Why did the company's earnings change?",
    ),
    "investment": (
        "How much does the company invest?", "What is the company's capital expenditure?",
        "How much free cash flow does the company have?", "How much cash is left for owners and lenders?",
        "How much does the company spend on property and equipment?",
        "Does the company have cash left after its investments?", "How did the company's capital spending change?",
        "How much cash does the company generate?",
    ),
    "newest_compared": (
        "How do the newest annual results of the companies compare?",
        "Which company had the best latest fiscal year?",
        "Who did better in the most recent results?",
        "Compare the companies by their latest annual reports.", "Who came out ahead in the last reported year?",
        "How do the companies' recent figures look next to each other?",
    ),
    "recent_quarter": (
        "What are the results of the latest quarter?", "How did quarterly revenue change from a year before?",
        "What did the company earn in its last quarter?",
        "What are the newest quarterly figures?",
        "How did the most recent three months go?", "Is quarterly revenue up on the year before?",
    ),
    "segment_mix": (
        "Which segments bring in the company's revenue?", "Which regions does the company's revenue come from?",
        "Which product supplied the company's growth?", "What share of the company's revenue comes from one segment?",
        "Which segment is the company's largest?", "How does the company's revenue divide by region?",
        "Which region grew most for the company?", "Which of the company's regions or products grew fastest?",
        "How much does the company depend on one product?",
        "What are the company's main sources of revenue?", "In which countries does the company sell most?",
        "Which business of the company grew and which shrank?",
        "How are the company's sales split up between products?",
    ),
    "segment_profit": (
        "Which segment earns the company's operating income?", "Which segment has the highest margin?",
        "How profitable is the company's segment?", "Which region earns the company's profit?",
        "Which division of the company is most profitable?",
        "Which part of the company makes the profit?", "How do margins differ between the company's divisions?",
        "Does one segment carry the company's profits?",
    ),
    "adoption_level": (
        "What share of the population uses the technology?", "How many households have the technology?",
        "How widely is the technology adopted?",
        "What is the penetration of the technology?", "What percentage of people use the technology?",
        "How many people have the technology?", "How common is the technology?",
        "What is the share of users of the technology?",
    ),
    "adoption_standing": (
        "Which technologies gained most users?", "Where do technologies stand on the adoption curve?",
        "Which technology is spreading most?", "Which technologies are mature?",
        "How far has each technology spread?", "Which technology has the most growth ahead?",
        "Which technologies are close to saturation?", "Which technology is on the rise?",
    ),
    "adoption_race": (
        "How long did the technology take to be adopted?", "Which technology spread fastest?",
        "How many years did it take from a tenth to half of the population?",
        "How many years until half of the people had the technology?",
        "Do new technologies spread faster than old ones?", "How quickly did people take up the technology?",
    ),
    "topic_ranking": (
        "What do sources talk about most?", "Which topics lead the news and filings?", "What are the main topics?",
        "Which subjects are discussed most?", "What is the hottest topic?",
        "What are the sources writing about?", "Which themes get most coverage?",
    ),
    "topic": (
        "How often do sources mention a topic?", "What do sources say about artificial intelligence?",
        "Is the topic mentioned in the documents?", "What do sources say about the supply chain?",
        "What is said about the topic?", "How much is written about the topic?",
        "How frequent is the topic in the texts?", "Do companies write about the topic?",
        "How many mentions does the topic have?",
    ),
    "topic_emphasis": (
        "Which topics does the company stress more than others?", "What does the company talk about most?",
        "Which company stresses a topic most?",
        "Which company writes most about the topic?",
        "What subjects are particular to the company?", "What does the company's report put its emphasis on?",
        "How do the company's topics differ from others'?",
    ),
    "forecast": (
        "What is the revenue forecast?", "How will the company's revenue develop?",
        "What is expected for the coming years?",
        "Where will revenue be in some years?", "What is the projection of future sales?",
        "How much revenue is predicted for next years?", "What is the outlook for revenue?",
        "Will sales grow in the future?",
    ),
    "contradiction": (
        "Where do sources disagree?", "Which figures contradict each other?", "Are there conflicting numbers?",
        "Do the documents agree with each other?",
        "Which data are inconsistent between sources?", "Do two reports give different numbers for the same thing?",
    ),
    "attention_change": (
        "Does the technology gain or lose attention?", "Did page views or downloads grow?",
        "Is interest in the technology growing?",
        "Is the hype about the technology over?",
        "Is the technology becoming more popular online?", "Which technology is looked up more often than before?",
        "Is public interest fading?",
    ),
    "attention_level": (
        "How much attention does the technology get?", "How many page views does it have?",
        "How popular is the technology on the web?", "How many readers or downloads does the technology have?",
    ),
}  # fmt: skip
"""By kind. Kinds that say what is missing (gap, data_quality) answer no question."""
WITHIN = {"market_size": "market_growth"}
"""Kinds that may be one sentence of another kind, where there is that."""
UNANSWERED = (
    "Should one buy the stock?",
    "What will the share price be?",
    "Is the stock a good investment?",
    "Is the company's stock expensive?",
    "Which dividend does the company pay?",
    "Who runs the company?",
    "Who founded the company, and when?",
    "Where is the company based?",
    "How many people work at the company?",
    "How much do managers earn?",
    "Who are the company's directors?",
    "Is the company sued in court?",
    "How many stores, patents or customers does the company have?",
    "Do you like the company?",
    "Which company is the better one to work for?",
    "Is the company good or bad?",
    "Which product should I buy?",
    "What do customers think of the company?",
    "What does a product cost?",
    "What is the company's telephone number?",
    "How do I use the company's service?",
    "What features does the product have?",
    "What does the company's logo look like?",
    "How does the software work?",
    "Will there be a crisis?",
    "How much energy does the company use?",
    "What does a raw material cost?",
    "How many goods does a country export?",
    "How large is another industry?",
)
"""Questions that people ask of companies and that no finding answers: what is nearest to one of these gets none."""
