namespace Gloss.Search;

/// <summary>How much a catalogue holds.</summary>
/// <param name="Pictures">Pictures that are there and were read.</param>
/// <param name="Waiting">Of them those that the current model has not seen yet.</param>
/// <param name="Gone">Pictures whose file was not found again.</param>
/// <param name="Failed">Files that could not be read.</param>
public sealed record CatalogueCounts(long Pictures, long Waiting, long Gone, long Failed);
