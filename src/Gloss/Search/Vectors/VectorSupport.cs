namespace Gloss.Search.Vectors;

/// <summary>What indexes of large catalogues are made with.</summary>
public static class VectorSupport
{
    /// <summary>Whether FAISS is there; without it all embeddings are compared.</summary>
    public static bool IsAvailable => FaissCells.IsAvailable;

    /// <summary>FAISS's version.</summary>
    /// <exception cref="DllNotFoundException">libgloss_faiss is not found.</exception>
    public static string LibraryVersion => FaissCells.Version;
}
