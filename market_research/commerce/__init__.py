"""Commerce intelligence: offers and their identifiers, equivalent products, prices, what reviews say, demand."""
