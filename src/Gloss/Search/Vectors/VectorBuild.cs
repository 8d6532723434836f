namespace Gloss.Search.Vectors;

/// <summary>What the making of an index took and gave.</summary>
/// <param name="Count">Vectors.</param>
/// <param name="Cells">Cells that they lie in.</param>
/// <param name="Probes">Cells that a search looks into.</param>
/// <param name="Recall">The part of the ten nearest that it finds, measured on stored vectors.</param>
/// <param name="Time">How long it took.</param>
/// <param name="Bytes">The length of the file.</param>
public sealed record VectorBuild(long Count, int Cells, int Probes, double Recall, TimeSpan Time, long Bytes)
{
    /// <summary>Whether all vectors are compared with a query.</summary>
    public bool IsExact => Probes == Cells;
}
