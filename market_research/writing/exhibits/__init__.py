"""Tables and charts of a report, each made of facts. A function returns None where the evidence gives too little."""
