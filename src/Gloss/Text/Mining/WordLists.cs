namespace Gloss.Text.Mining;

/// <summary>The word lists by which captions become tags; files of the library, read at first use.</summary>
internal static class WordLists
{
    private static readonly HashSet<string> SceneLines = TextResource.Words("Mining.scenes.txt");

    /// <summary>Heads that are no tag.</summary>
    public static HashSet<string> StopEntities { get; } = TextResource.Words("Mining.stop-entities.txt");

    /// <summary>Nouns that only quantify or frame what follows "of".</summary>
    public static HashSet<string> Quantifiers { get; } = TextResource.Words("Mining.quantifiers.txt");

    /// <summary>Nouns that are attributes in front of another noun.</summary>
    public static HashSet<string> Materials { get; } = TextResource.Words("Mining.materials.txt");

    /// <summary>Colours, which are attributes also where they stand alone.</summary>
    public static HashSet<string> Colours { get; } = TextResource.Words("Mining.colours.txt");

    /// <summary>Adjectives or participles with a noun that together name one thing.</summary>
    public static HashSet<string> Compounds { get; } = TextResource.Words("Mining.compounds.txt");

    /// <summary>Names that never become tags of a vocabulary.</summary>
    public static HashSet<string> Blocked { get; } = TextResource.Words("Mining.blocked.txt");

    /// <summary>Parts of space, which with a preposition and "of" are one preposition ("in front of").</summary>
    public static HashSet<string> Spatial { get; } = TextResource.Words("Mining.spatial.txt");

    /// <summary>Verbs with a particle that changes their meaning.</summary>
    public static HashSet<string> PhrasalVerbs { get; } = TextResource.Words("Mining.phrasal-verbs.txt");

    /// <summary>Nouns that act of their own.</summary>
    public static HashSet<string> Animates { get; } = TextResource.Words("Mining.animates.txt");

    /// <summary>Parts of the body and what is worn.</summary>
    public static HashSet<string> Worn { get; } = TextResource.Words("Mining.worn.txt");

    /// <summary>Weather and times that something happens in.</summary>
    public static HashSet<string> Weather { get; } = TextResource.Words("Mining.weather.txt");

    /// <summary>Nouns in the place of others, which name nothing themselves.</summary>
    public static HashSet<string> Placeholders { get; } = new(StringComparer.Ordinal)
    {
        "one", "ones", "other", "others", "another", "someone", "somebody", "something", "anyone", "anything",
        "everyone", "everything",
        "nobody", "nothing", "none", "each", "both", "all", "some", "many", "most", "few", "several",
    };

    /// <summary>The kind of a type.</summary>
    public static TagKind KindOf(TagType type) => type switch
    {
        TagType.Attribute => TagKind.Attribute,
        TagType.Action => TagKind.Action,
        _ => TagKind.Thing,
    };

    /// <summary>Whether a thing is a scene: by its whole name, else by its head, the last word.</summary>
    public static bool IsScene(string name)
    {
        if (SceneLines.Contains(name))
            return true;
        if (SceneLines.Contains("!" + name))
            return false;
        var space = name.LastIndexOf(' ');
        return space > 0 && SceneLines.Contains(name[(space + 1)..]);
    }
}
