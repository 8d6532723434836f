namespace Gloss.Text.Mining;

/// <summary>What a word can be confused within: a thing is an object in one caption and a scene in another, while a
/// thing, a property and an action of the same name are three tags.</summary>
internal enum TagKind : byte
{
    /// <summary>Object or scene.</summary>
    Thing,

    /// <summary>Attribute.</summary>
    Attribute,

    /// <summary>Action.</summary>
    Action,
}
