namespace Gloss.Text.Mining;

/// <summary>How two entities stand to each other.</summary>
/// <param name="Subject">Index of an entity of the graph.</param>
/// <param name="Predicate">A verb, a verb with its preposition, or a preposition: "wear", "sit on", "in front
/// of".</param>
/// <param name="Object">Index of an entity of the graph.</param>
public sealed record SceneRelation(int Subject, string Predicate, int Object);
