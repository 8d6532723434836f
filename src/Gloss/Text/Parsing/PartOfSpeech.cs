namespace Gloss.Text.Parsing;

/// <summary>The 17 universal parts of speech (UPOS) of Universal Dependencies.</summary>
public enum PartOfSpeech : byte
{
    /// <summary>Other: foreign words, typing errors.</summary>
    X,

    /// <summary>Adjective.</summary>
    Adj,

    /// <summary>Adposition: prepositions and verb particles.</summary>
    Adp,

    /// <summary>Adverb.</summary>
    Adv,

    /// <summary>Auxiliary verb or copula.</summary>
    Aux,

    /// <summary>Coordinating conjunction.</summary>
    Cconj,

    /// <summary>Determiner.</summary>
    Det,

    /// <summary>Interjection.</summary>
    Intj,

    /// <summary>Common noun.</summary>
    Noun,

    /// <summary>Numeral.</summary>
    Num,

    /// <summary>Particle: "to" before a verb, "not", possessive "'s".</summary>
    Part,

    /// <summary>Pronoun.</summary>
    Pron,

    /// <summary>Proper noun.</summary>
    Propn,

    /// <summary>Punctuation.</summary>
    Punct,

    /// <summary>Subordinating conjunction.</summary>
    Sconj,

    /// <summary>Symbol.</summary>
    Sym,

    /// <summary>Full verb.</summary>
    Verb,
}
