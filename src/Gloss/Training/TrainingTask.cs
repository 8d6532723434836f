using Gloss.Torch;

namespace Gloss.Training;

/// <summary>
/// What a model family gives to the <see cref="Trainer"/>: a model, how its batches are made, its losses and its
/// figures on validation data. The trainer calls <see cref="Prepare"/> on several threads at once and all else on one
/// thread.
/// </summary>
public abstract class TrainingTask : IDisposable
{
    /// <summary>What is trained, saved and averaged; belongs to the task.</summary>
    public abstract Module Model { get; }

    /// <summary>
    /// What training needs besides the model and changes as it goes, such as momentum copies; checkpoints keep it.
    /// </summary>
    /// <value>null: nothing</value>
    public virtual Module? Companion => null;

    /// <summary>
    /// Whether a parameter began with weights of an earlier model, of which <see cref="TrainerOptions.StartShare"/>
    /// keeps a share. Unless overridden: all did.
    /// </summary>
    public virtual bool IsFromStart(string name) => true;

    /// <summary>Examples of an epoch; they are numbered from 0.</summary>
    public abstract int ExampleCount { get; }

    /// <summary>
    /// The parameters to be trained. Unless overridden: all trainable ones, of which those with two dimensions or more
    /// decay by <paramref name="weightDecay"/> and the others (biases, scales) not at all.
    /// </summary>
    public virtual IEnumerable<ParameterGroup> ParameterGroups(double weightDecay)
    {
        var trainable = Model.NamedParameters().Where(p => p.Parameter.IsTrainable).ToList();
        yield return new ParameterGroup
        {
            Parameters = trainable.Where(p => p.Parameter.Value.Rank >= 2).ToList(),
            WeightDecay = weightDecay,
        };
        yield return new ParameterGroup
        {
            Parameters = trainable.Where(p => p.Parameter.Value.Rank < 2).ToList(),
            WeightDecay = 0,
        };
    }

    /// <summary>
    /// Makes a batch, on a worker thread and ahead of the model: decoding, augmentation, tokens. Everything random in
    /// it comes from <paramref name="seed"/>, so that equal arguments give an equal batch. Where the result is
    /// <see cref="IDisposable"/> the trainer disposes it after its step.
    /// </summary>
    /// <param name="exampleIds">Numbers of the batch's examples.</param>
    /// <param name="seed">Different for each batch of each epoch.</param>
    public abstract object Prepare(ReadOnlySpan<int> exampleIds, ulong seed);

    /// <summary>
    /// The losses of a batch, each a tensor with one element. <c>"loss"</c> is what is minimised; all are logged.
    /// Runs in the trainer's <see cref="TensorScope"/>, with libtorch's generator seeded for this batch.
    /// </summary>
    public abstract IReadOnlyDictionary<string, Tensor> Losses(object batch);

    /// <summary>
    /// Figures on validation data, by name. The model is in evaluation mode, holds the averaged weights where there are
    /// any, and no gradients are recorded. Empty where the task has no validation data.
    /// </summary>
    public virtual IReadOnlyDictionary<string, double> Evaluate(CancellationToken cancellationToken) =>
        new Dictionary<string, double>();

    /// <summary>
    /// The figure of <see cref="Evaluate"/> by which weights are chosen, higher is better; null: the last are kept.
    /// </summary>
    /// <value>null</value>
    public virtual string? BestMetric => null;

    /// <summary>
    /// Writes the model, as it now is, to a folder. Unless overridden: its weights to <c>model.safetensors</c>. Each
    /// file is written atomically. Called at each best validation and, without <see cref="BestMetric"/>, at each
    /// validation.
    /// </summary>
    public virtual void SaveModel(string folder) =>
        SafetensorsWriter.Write(Path.Combine(folder, "model.safetensors"), Model.State());

    /// <inheritdoc/>
    public void Dispose()
    {
        Dispose(disposing: true);
        GC.SuppressFinalize(this);
    }

    /// <summary>Disposes the model; overridden where the task holds more.</summary>
    protected virtual void Dispose(bool disposing)
    {
        Companion?.Dispose();
        Model.Dispose();
    }
}
