namespace Gloss.Text.Mining;

/// <summary>Who does a verb and to whom, as indexes of entities.</summary>
internal sealed class VerbRoles
{
    /// <summary>Who acts; in a passive those behind "by".</summary>
    public List<int> Subjects { get; } = [];

    /// <summary>What is acted upon; in a passive its subject.</summary>
    public List<int> Objects { get; } = [];

    /// <summary>Whether the verb stands in the passive, as a participle too.</summary>
    public bool IsPassive { get; set; }

    /// <summary>Whether the sentence has a word for the object, be it a pronoun that names nothing.</summary>
    public bool HasObject { get; set; }

    /// <summary>The word of the phrase with "by" that tells who acts; -1: there is none.</summary>
    public int Agent { get; set; } = -1;
}
