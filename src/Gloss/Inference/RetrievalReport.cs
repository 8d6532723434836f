namespace Gloss.Inference;

/// <summary>How well pictures and their captions find each other.</summary>
/// <param name="Pictures">Pictures.</param>
/// <param name="Captions">Captions.</param>
/// <param name="Ways">The recalls of each way of ranking.</param>
public sealed record RetrievalReport(int Pictures, int Captions, IReadOnlyList<RetrievalWay> Ways);
