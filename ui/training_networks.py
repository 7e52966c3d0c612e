"""The networks behind the curves of the training lab, from the weights that were kept."""

from models.digits import load_twin
from models.network import Network
from training import checkpoint
from training.folder import RunFolder
from training.loop import Training
from ui import training_store
from ui.training_live import View

SEED = 0  # whose networks are looked at


def network(view: View, method: str) -> Network | None:
    """Load the network of a method's first run, ready to be run; None if no weights are kept.

    Raises:
        FolderError: If its checkpoint is broken or was edited.
    """
    if not view.own:
        return load_twin(method, depth=view.setup.depth)
    folder: RunFolder = training_store.folders(view.setup)[method, SEED]
    if not folder.checkpoint.is_file():
        return None
    trained = Training(view.setup.config(method, SEED))
    checkpoint.load(trained, folder)
    return trained.network.eval()
