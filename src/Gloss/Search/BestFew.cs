namespace Gloss.Search;

/// <summary>Keeps the best of what is offered; equal scores go to the smaller id.</summary>
internal sealed class BestFew(int capacity)
{
    private readonly PriorityQueue<(long Id, float Score), (float Score, long Negative)> kept = new();

    /// <summary>Takes an item where it is among the best.</summary>
    public void Offer(long id, float score)
    {
        if (kept.Count < capacity)
            kept.Enqueue((id, score), (score, -id));
        else if (capacity > 0 && kept.Peek() is var worst
            && (score > worst.Score || (score == worst.Score && id < worst.Id)))
            kept.EnqueueDequeue((id, score), (score, -id));
    }

    /// <summary>What is kept, the best first.</summary>
    public List<(long Id, float Score)> Sorted() =>
        [.. kept.UnorderedItems.Select(item => item.Element).OrderByDescending(item => item.Score)
            .ThenBy(item => item.Id)];
}
