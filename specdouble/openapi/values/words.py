"""The words that readable data is made of. Few, and never changed in order: the same seed gives the same text."""

FIRST = ("Ada", "Grace", "Alan", "Edsger", "Barbara", "Donald", "Frances", "John", "Katherine", "Linus", "Margaret",
         "Niklaus", "Radia", "Tim", "Annie", "Dennis", "Hedy", "Ken", "Mary", "Rosalind")  # fmt: skip
LAST = ("Lovelace", "Hopper", "Turing", "Dijkstra", "Liskov", "Knuth", "Allen", "Backus", "Johnson", "Torvalds",
        "Hamilton", "Wirth", "Perlman", "Lee", "Easley", "Ritchie", "Lamarr", "Thompson", "Jackson",
        "Franklin")  # fmt: skip
ADJECTIVES = ("quiet", "bright", "green", "rapid", "golden", "gentle", "bold", "silver", "modern", "classic", "hidden",
              "northern", "clever", "sunny", "tiny", "grand")  # fmt: skip
NOUNS = ("river", "garden", "lantern", "harbor", "meadow", "engine", "compass", "bridge", "forest", "beacon", "anchor",
         "orchard", "valley", "island", "signal", "atlas")  # fmt: skip
CITIES = ("Lisbon", "Oslo", "Vienna", "Kyoto", "Dublin", "Porto", "Tallinn", "Boston", "Nairobi", "Quito", "Bergen",
          "Ghent")  # fmt: skip
COUNTRIES = (("Portugal", "PT"), ("Norway", "NO"), ("Austria", "AT"), ("Japan", "JP"), ("Ireland", "IE"),
             ("Estonia", "EE"), ("Kenya", "KE"), ("Ecuador", "EC"), ("Belgium", "BE"), ("Canada", "CA"))  # fmt: skip
STREETS = ("Harbor Road", "Mill Lane", "Station Street", "Garden Row", "Bridge Avenue", "Market Square", "Hill Road",
           "Park Lane")  # fmt: skip
COMPANIES = ("Northwind", "Bluebird", "Lighthouse", "Juniper", "Redwood", "Copperfield", "Silverline",
             "Evergreen")  # fmt: skip
COLORS = ("red", "green", "blue", "yellow", "purple", "orange", "teal", "gray")
SENTENCES = ("A first look at what it does.", "Made for everyday use.", "Works as described.", "Checked and ready.",
             "Please have a look when you have a moment.", "Updated with the latest figures.", "Kept for reference.",
             "Nothing unusual to report.")  # fmt: skip
