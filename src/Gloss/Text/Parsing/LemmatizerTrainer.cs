namespace Gloss.Text.Parsing;

/// <summary>Learns the tables of a <see cref="Lemmatizer"/> from a treebank.</summary>
public static class LemmatizerTrainer
{
    // Irregular forms that captions have and a treebank may lack. Class, form, lemma.
    private static readonly (char Class, string Form, string Lemma)[] Irregular =
    [
        ('N', "men", "man"), ('N', "women", "woman"), ('N', "children", "child"), ('N', "people", "people"),
        ('N', "feet", "foot"), ('N', "teeth", "tooth"), ('N', "geese", "goose"), ('N', "mice", "mouse"),
        ('N', "sheep", "sheep"), ('N', "fish", "fish"), ('N', "deer", "deer"), ('N', "leaves", "leaf"),
        ('N', "knives", "knife"), ('N', "wolves", "wolf"), ('N', "calves", "calf"), ('N', "loaves", "loaf"),
        ('N', "shelves", "shelf"), ('N', "scarves", "scarf"), ('N', "wives", "wife"), ('N', "oxen", "ox"),
        ('N', "policemen", "policeman"), ('N', "firemen", "fireman"), ('N', "fishermen", "fisherman"),
        ('N', "snowmen", "snowman"), ('N', "cacti", "cactus"), ('N', "buses", "bus"), ('N', "skis", "ski"),
        ('N', "dice", "die"), ('N', "halves", "half"), ('N', "pizzas", "pizza"), ('N', "bus", "bus"),
        ('N', "canoes", "canoe"), ('N', "shoes", "shoe"), ('N', "toes", "toe"), ('N', "hoes", "hoe"),
        ('N', "horseshoes", "horseshoe"), ('N', "snowshoes", "snowshoe"), ('N', "oboes", "oboe"), ('N', "foes", "foe"),
        ('N', "aircraft", "aircraft"), ('N', "species", "species"), ('N', "series", "series"), ('N', "movies", "movie"),
        ('N', "cookies", "cookie"), ('N', "ties", "tie"), ('N', "pies", "pie"), ('N', "hoodies", "hoodie"),
        ('N', "brownies", "brownie"), ('N', "smoothies", "smoothie"), ('N', "collies", "collie"), ('N', "axes", "axe"),
        ('N', "gloves", "glove"), ('N', "sleeves", "sleeve"), ('N', "waves", "wave"), ('N', "caves", "cave"),
        ('N', "olives", "olive"), ('N', "hooves", "hoof"), ('N', "ladies", "lady"), ('N', "grass", "grass"),
        ('N', "glass", "glass"), ('N', "canvas", "canvas"), ('N', "gas", "gas"), ('N', "tennis", "tennis"),
        ('V', "rode", "ride"), ('V', "ridden", "ride"), ('V', "swung", "swing"), ('V', "dug", "dig"),
        ('V', "swum", "swim"),
        ('V', "swam", "swim"), ('V', "woven", "weave"), ('V', "wove", "weave"), ('V', "leapt", "leap"),
        ('V', "knelt", "kneel"), ('V', "hung", "hang"), ('V', "strewn", "strew"), ('V', "bent", "bend"),
        ('V', "lit", "light"),
        ('V', "lying", "lie"), ('V', "laying", "lay"), ('V', "tying", "tie"), ('V', "dying", "die"),
        ('V', "lain", "lie"),
        ('V', "slid", "slide"), ('V', "flung", "fling"), ('V', "clung", "cling"), ('V', "sprung", "spring"),
        ('V', "dove", "dive"), ('V', "torn", "tear"), ('V', "worn", "wear"), ('V', "wore", "wear"),
        ('V', "sewn", "sew"),
        ('V', "sewing", "sew"), ('V', "rowing", "row"), ('V', "skiing", "ski"), ('V', "using", "use"),
        ('V', "wound", "wind"),
        ('V', "mown", "mow"), ('V', "frozen", "freeze"), ('V', "shone", "shine"), ('V', "blown", "blow"),
        ('V', "thrown", "throw"), ('V', "bitten", "bite"), ('V', "hidden", "hide"), ('V', "shaken", "shake"),
        ('V', "sleeping", "sleep"), ('V', "putting", "put"), ('V', "petting", "pet"), ('V', "panting", "pant"),
        ('V', "canoeing", "canoe"), ('V', "dyeing", "dye"), ('V', "bicycling", "bicycle"), ('V', "cycling", "cycle"),
        ('V', "racing", "race"), ('V', "posing", "pose"), ('V', "grazing", "graze"), ('V', "gazing", "gaze"),
        ('V', "hiking", "hike"), ('V', "biking", "bike"), ('V', "skating", "skate"), ('V', "gliding", "glide"),
        ('V', "wading", "wade"), ('V', "diving", "dive"), ('V', "waving", "wave"), ('V', "carving", "carve"),
        ('V', "paddling", "paddle"), ('V', "straddling", "straddle"), ('V', "huddling", "huddle"),
        ('V', "juggling", "juggle"),
        ('V', "crouching", "crouch"), ('V', "perching", "perch"), ('V', "climbing", "climb"), ('V', "surfing", "surf"),
        ('V', "grinding", "grind"), ('V', "balancing", "balance"), ('V', "bathing", "bathe"), ('V', "smiling", "smile"),
        ('V', "singing", "sing"), ('V', "swinging", "swing"), ('V', "ringing", "ring"), ('V', "bringing", "bring"),
        ('V', "whisking", "whisk"), ('V', "sledding", "sled"), ('V', "hugging", "hug"), ('V', "jogging", "jog"),
        ('V', "tattooed", "tattoo"), ('V', "rollerblading", "rollerblade"), ('V', "wakeboarding", "wakeboard"),
    ];

    /// <summary>Learns known words (seen as lemmas at least twice, or once as a verb), and as exceptions the words on
    /// which the rules fail and most annotations agree.</summary>
    public static Lemmatizer Train(IReadOnlyList<IReadOnlyList<ConlluToken>> treebank)
    {
        ArgumentNullException.ThrowIfNull(treebank);
        var words = treebank.SelectMany(s => s)
            .Select(t => (Class: Lemmatizer.ClassOf(t.Tag), Form: t.Form.ToLowerInvariant(), t.Tag, Token: t,
                Lemma: t.Lemma.ToLowerInvariant()))
            .Where(w => w.Form.Length > 1 && w.Form.All(c => char.IsAsciiLetter(c) || c == '\''))
            .ToList();
        var known = words.Where(w => w.Class is 'N' or 'V' || w.Tag.Universal == PartOfSpeech.Adj)
            .GroupBy(w => (w.Class is 'N' or 'V' ? w.Class : 'A', w.Lemma))
            .Where(g => g.Count() > 1 || g.Key.Item1 == 'V')
            .Select(g => g.Key)
            .Concat(Irregular.Select(w => (w.Class, w.Lemma)))
            .ToHashSet();
        var rules = new Lemmatizer([], known);
        var exceptions = new Dictionary<(char, string), string>();
        foreach (var group in words.Where(w => w.Class != '\0').GroupBy(w => (w.Class, w.Form)))
        {
            var majority = group.GroupBy(w => w.Lemma).OrderByDescending(g => g.Count())
                .ThenBy(g => g.Key, StringComparer.Ordinal).First();
            // A lemma that differs in the first letter is an expanded abbreviation or a typing error put right.
            if (majority.Key.Length == 0 || majority.Key[0] != group.Key.Form[0] && group.Count() < 3)
                continue;
            if (group.Any(w => rules.ByRule(w.Form, w.Class, w.Tag.Penn) != majority.Key))
                exceptions[group.Key] = majority.Key;
        }
        foreach (var (wordClass, form, lemma) in Irregular)
            exceptions[(wordClass, form)] = lemma;
        return new Lemmatizer(exceptions, known);
    }
}
