namespace Gloss.Search.Vectors;

/// <summary>What the making of an index took and gave.</summary>
/// <param name="Count">Vectors.</param>
/// <param name="IsExact">Whether all of them are compared with a query.</param>
/// <param name="Probes">Else the cells that a search looks into, or the candidates that it keeps on its way.</param>
/// <param name="Recall">The part of the ten nearest that it finds, measured on stored vectors.</param>
/// <param name="Time">How long it took.</param>
/// <param name="Bytes">The length of the file.</param>
public sealed record VectorBuild(long Count, bool IsExact, int Probes, double Recall, TimeSpan Time, long Bytes);
