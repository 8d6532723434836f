namespace Gloss.Text.Mining;

/// <summary>What a caption says: entities with their attributes, what they do, how they stand to each other.</summary>
/// <param name="Entities">In the caption's order.</param>
/// <param name="Actions">In the caption's order; one for each pair of coordinated subject and object.</param>
/// <param name="Relations">Of verbs, then of prepositions.</param>
public sealed record SceneGraph(
    IReadOnlyList<SceneEntity> Entities, IReadOnlyList<SceneAction> Actions, IReadOnlyList<SceneRelation> Relations);
