namespace Gloss.Text.Mining;

/// <summary>Something done.</summary>
/// <param name="Verb">Lemma of the verb.</param>
/// <param name="Particle">Particle that belongs to its meaning ("on" in "look on"); null where none does.</param>
/// <param name="Subject">Who does it: index of an entity of the graph; null where the caption names none.</param>
/// <param name="Object">What it is done to: index of an entity; null where the caption names none.</param>
/// <param name="Start">Offset of the verb in the caption.</param>
/// <param name="End">Offset behind the verb.</param>
public sealed record SceneAction(string Verb, string? Particle, int? Subject, int? Object, int Start, int End)
{
    /// <summary>Verb and particle: "look on".</summary>
    public string Name => Particle is null ? Verb : $"{Verb} {Particle}";
}
